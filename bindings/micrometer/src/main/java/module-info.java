/** Metrics of guards for Micrometer. */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // Micrometer's jars have names, but no more
module dev.kanmon.micrometer {
  requires transitive dev.kanmon;
  requires transitive micrometer.core;

  exports dev.kanmon.micrometer;
}
