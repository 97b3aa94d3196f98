/** Text generation by llama.cpp, whose native library comes in a jar. */
@SuppressWarnings("requires-automatic") // a jar without a module name, of which only the native library is used
module dev.kanmon.llama {
  requires transitive dev.kanmon;
  requires dev.kanmon.formats;
  requires llama;

  exports dev.kanmon.llama;

  provides dev.kanmon.augment.TextGeneratorProvider with
      dev.kanmon.llama.LlamaProvider;
}
