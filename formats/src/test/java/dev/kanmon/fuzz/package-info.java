/**
 * Fuzzing of readers, for the tests of every module that has one (the test-jar of formats holds this package only):
 * {@link dev.kanmon.fuzz.Mutator} damages files, {@link dev.kanmon.fuzz.JsonMutator} changes the values of JSON, {@link dev.kanmon.fuzz.FuzzCampaign} runs a reader over them.
 */
package dev.kanmon.fuzz;
