/** Model files: JSON, safetensors and GGUF, read with validation, written atomically. */
module dev.kanmon.formats {
    requires tools.jackson.core;

    exports dev.kanmon.formats;
    exports dev.kanmon.formats.json;
}
