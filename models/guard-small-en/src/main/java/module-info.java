/**
 * The default guard: data only. On the module path an application requires this module to have it found by
 * {@code Guard.bundled()}; on the class path the jar is enough.
 */
module dev.kanmon.guard.small.en {}
