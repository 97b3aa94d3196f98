/** Kanmon: the guard, and the encoder runtime under it. */
module dev.kanmon {
  requires transitive dev.kanmon.formats;
  requires transitive dev.kanmon.kernels;
  requires transitive dev.kanmon.tokenizer;
  requires java.net.http;
  requires jdk.jfr;

  exports dev.kanmon;
  exports dev.kanmon.augment;
  exports dev.kanmon.convert;
  exports dev.kanmon.engine;
  exports dev.kanmon.engine.batch;
  exports dev.kanmon.engine.config;
  exports dev.kanmon.eval;
  exports dev.kanmon.train;

  uses dev.kanmon.augment.TextGeneratorProvider;

  provides dev.kanmon.augment.TextGeneratorProvider with
      dev.kanmon.augment.endpoint.EndpointProvider;
}
