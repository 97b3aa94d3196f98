package dev.kanmon.llama;

import dev.kanmon.augment.Sampling;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** One answer while it is generated: its prompt, how much of it the model has read, what was drawn so far. */
final class Answer {
    private final int[] prompt;
    private final int contextTokens;
    private final int maxTokens;
    private final List<String> stop;
    private final Sampler sampler;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int read;
    private int drawn;
    private int last;
    private String finished;

    /**
     * An answer of which nothing is there yet.
     *
     * @param stop texts that end it, those of the sampling and of the template
     */
    Answer(int[] prompt, int contextTokens, Sampling sampling, List<String> stop) {
        this.prompt = prompt;
        this.contextTokens = contextTokens;
        this.maxTokens = sampling.maxTokens();
        this.stop = stop;
        this.sampler = new Sampler(sampling);
    }

    /** Whether the model has read the prompt, so that each pass adds one token. */
    boolean isDrawing() {
        return drawn > 0;
    }

    boolean isFinished() {
        return finished != null;
    }

    /** The whole answer, once it is finished. */
    String text() {
        return finished;
    }

    /**
     * Adds to a pass what comes next, as far as there is room.
     *
     * @return the index of the token whose logits decide the next one, or -1 if the prompt goes on in the next pass
     */
    int addTo(Context context, int sequence) {
        if (isDrawing()) {
            return context.add(last, prompt.length + drawn - 1, sequence, true);
        }
        int at = -1;
        while (read < prompt.length && context.room() > 0) {
            boolean isLast = read == prompt.length - 1;
            int added = context.add(prompt[read], read, sequence, isLast);
            at = isLast ? added : -1;
            read++;
        }
        return at;
    }

    /** Draws the next token; the answer may be finished then. */
    void draw(float[] logits, Vocabulary vocabulary) {
        last = sampler.draw(logits);
        drawn++;
        if (vocabulary.isEnd(last)) {
            finish(bytes.toString(StandardCharsets.UTF_8));
            return;
        }
        bytes.writeBytes(vocabulary.piece(last));
        var text = bytes.toString(StandardCharsets.UTF_8);
        int end = firstStop(text);
        if (end >= 0) {
            finish(text.substring(0, end));
        } else if (drawn == maxTokens || prompt.length + drawn == contextTokens) {
            finish(withoutPart(text));
        }
    }

    private void finish(String text) {
        finished = text;
    }

    private int firstStop(String text) {
        return stop.stream().mapToInt(text::indexOf).filter(at -> at >= 0).min().orElse(-1);
    }

    /** An answer cut off within a character would end in a replacement character that the model never wrote. */
    private String withoutPart(String text) {
        var all = bytes.toByteArray();
        int start = all.length;
        while (start > 0 && all.length - start < 4 && (all[start - 1] & 0xC0) == 0x80) {
            start--;
        }
        if (start == 0) {
            return text;
        }
        int lead = all[start - 1] & 0xFF;
        int length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
        boolean isWhole = all.length - start + 1 >= length;
        return isWhole ? text : new String(all, 0, start - 1, StandardCharsets.UTF_8);
    }
}
