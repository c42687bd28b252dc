import { type Group, headOf } from "./things.ts";

const list = (words: string): ReadonlySet<string> => new Set(words.split(","));

/** Last words of names that are plural. */
const plurals = list(
  "grapes,cherries,blueberries,peanuts,pancakes,chopsticks,glasses,eyeglasses,sunglasses,goggles,jeans,gloves,socks,briefs,shorts,scissors,skis,tools,books,bubbles,chains,eyes,lungs,lips,headphones,maracas,clothes,beans,fries,hearts,droplets,points,notes,knobs,frames,scales,beads,tabs,dolls,cards,arts,prints,tickets,springs,mugs,shoes,swords,paperclips,houses,bags,hands,fingers,horns,biceps,dancers,wrestlers,arrows,bars,symbols,numbers,letters,bicycles,pedestrians,phones,customs,sparkles,fireworks,stars,leaves,mountains,people,men,women,spades,diamonds,clubs,dividers,homes,muscles",
);
/** Names that take no article: stuff, states, titles. */
const bare = list(
  "bread,cheese,fire,honey,butter,salt,soap,money,water,sushi,sake,spaghetti,garlic,ginger,broccoli,corn,popcorn,beer,milk,bacon,fog,lacrosse,badminton,ping pong,table tennis,tennis,bowling,thread,yarn,dna,archery,wood,luggage,information,cinema,wireless,infinity,radioactive,biohazard,prohibited,warning,baggage claim,passport control,dashing away,zzz,shaved ice,soft ice cream,poo,poop,dizzy,star-struck,foggy,camping,construction,locked,unlocked,palms up together,breast-feeding,meat,ice,rice,tea,coffee,coral,toilet paper,baggage,left luggage,potable water,non-potable water,roll eyes,multiply,divide,registered,copyright,performing arts,horse racing,field hockey,ice hockey,statue of liberty,map of japan,mount fuji,tokyo tower,japan,saturn,santa claus,santa,mrs. claus,mother christmas,mx claus,aries,taurus,gemini,cancer,leo,virgo,libra,scorpio,scorpius,sagittarius,capricorn,aquarius,pisces,ophiuchus,milky way",
);

/** "a bear", "an apple", "grapes": the name as a sentence needs it. */
export function nounPhrase(name: string, group: Group): string {
  const last = headOf(name).split(" ").at(-1)!;
  const without =
    bare.has(name) ||
    plurals.has(last) ||
    (group === "food" && bare.has(last)) ||
    /^(no|two|people|men|women|input|rolling|meat on|seven|cloud of) /.test(name) ||
    /(o'clock|-thirty)$/.test(name);
  return without ? name : `${article(name)} ${name}`;
}

/** "an" before a vowel sound: an hourglass, an x-ray, an ATM; but a unicorn, a ewe, a one-piece, a euro, a UFO. */
export function article(words: string): "a" | "an" {
  if (/^(hour|honest|heir|x-ray|x ray|atm|fm|sos|ng )/.test(words)) return "an";
  if (/^(uni|use|one|once|eu|ewe|ufo|uk|utensil)/.test(words)) return "a";
  return /^[aeiou]/.test(words) ? "an" : "a";
}
