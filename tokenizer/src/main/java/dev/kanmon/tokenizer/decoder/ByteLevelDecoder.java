package dev.kanmon.tokenizer.decoder;

import dev.kanmon.tokenizer.text.ByteAlphabet;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Turns the characters of {@link ByteAlphabet} back into bytes and these into one text. A token with another character
 * in it stands for itself.
 *
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/pre_tokenizers/byte_level.rs#L153">byte_level.rs</a>
 */
public record ByteLevelDecoder() implements Decoder {
    @Override
    public List<String> decode(List<String> tokens) {
        var bytes = new ByteArrayOutputStream();
        for (var token : tokens) {
            if (token.codePoints().allMatch(c -> ByteAlphabet.value(c) >= 0)) {
                token.codePoints().forEach(c -> bytes.write(ByteAlphabet.value(c)));
            } else {
                bytes.writeBytes(token.getBytes(StandardCharsets.UTF_8));
            }
        }
        return List.of(Utf8Text.lossy(bytes.toByteArray()));
    }
}
