/** A mistake of the user's or of their files: one line that says what, where and what to do. Shown without a stack. */
export class UserError extends Error {
  override name = "UserError";
}

/** A command line that cannot be understood; exit code 2. */
export class UsageError extends UserError {
  override name = "UsageError";
}
