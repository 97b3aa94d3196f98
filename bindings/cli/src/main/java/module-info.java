/** The command line {@code kanmon}. */
module dev.kanmon.cli {
  requires transitive dev.kanmon;
  requires dev.kanmon.formats;
  requires dev.kanmon.kernels;
  requires dev.kanmon.tokenizer;
  requires info.picocli;

  exports dev.kanmon.cli;

  uses dev.kanmon.cli.CommandProvider;

  // picocli fills the fields of the commands by reflection.
  opens dev.kanmon.cli to
      info.picocli;
}
