package dev.kanmon.tokenizer.normalizer;

import dev.kanmon.tokenizer.text.GraphemeClusters;
import dev.kanmon.tokenizer.text.NormalizedText;
import dev.kanmon.tokenizer.text.Utf8;
import java.util.Arrays;

/**
 * SentencePiece's rules as the Hugging Face library applies them, which is not as SentencePiece does: grapheme cluster by
 * cluster. If some prefix of a cluster of at most five bytes of UTF-8 has a rule, the replacement of the shortest such
 * prefix stands for the whole cluster; otherwise each of its code points is replaced on its own.
 *
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/normalizers/precompiled.rs#L35">precompiled.rs</a>
 * @see <a href="https://github.com/huggingface/spm_precompiled/blob/3795b14/src/lib.rs#L187">spm_precompiled, transform</a>
 */
public record Precompiled(CharsMap rules) implements Normalizer {
    private static final int MAX_CLUSTER_BYTES = 5;

    @Override
    public NormalizedText normalize(NormalizedText text) {
        return isUntouched(text) ? text : new Run(text).result();
    }

    /** Whether it is seen at once that nothing changes: ASCII without a rule. */
    private boolean isUntouched(NormalizedText text) {
        var codePoints = text.codePoints();
        for (int i = 0; i < text.length(); i++) {
            if (codePoints[i] >= 0x80 || rules.replacesAscii(codePoints[i])) {
                return false;
            }
        }
        return true;
    }

    /** The edits of one text, in the reference's terms; see {@link NormalizedText#edited}. */
    private final class Run {
        private final NormalizedText source;
        private final int[] text;
        private int[] codePoints;
        private int[] changes;
        private int size;
        private boolean modified;

        Run(NormalizedText source) {
            this.source = source;
            text = source.codePoints();
            codePoints = new int[source.length() + 16];
            changes = new int[codePoints.length];
        }

        NormalizedText result() {
            var clusters = new GraphemeClusters(source);
            int start = 0;
            while (start < source.length()) {
                int end = clusters.next();
                if (!replaceCluster(start, end)) {
                    for (int i = start; i < end; i++) {
                        replaceOne(i);
                    }
                }
                start = end;
            }
            return modified ? source.edited(codePoints, changes, size) : source;
        }

        private boolean replaceCluster(int start, int end) {
            if (end - start == 1 || end - start > MAX_CLUSTER_BYTES) {
                return false;
            }
            int bytes = 0;
            for (int i = start; i < end; i++) {
                bytes += Utf8.length(text[i]);
            }
            int place = bytes > MAX_CLUSTER_BYTES ? CharsMap.NONE : rules.find(text, start, end);
            if (place == CharsMap.NONE) {
                return false;
            }
            replace(end - start, place);
            return true;
        }

        private void replaceOne(int index) {
            int place = rules.find(text, index);
            if (place == CharsMap.NONE) {
                add(text[index], 0);
            } else {
                replace(1, place);
            }
        }

        private void replace(int oldCount, int place) {
            modified = true;
            int newCount = 0;
            for (int c = rules.codePointAt(place); c != 0; c = rules.codePointAt(place)) {
                add(c, newCount < oldCount ? 0 : 1);
                place += Utf8.length(c);
                newCount++;
            }
            // What is removed at the very start of a text is not counted anywhere, so that origins shift; as there.
            if (newCount < oldCount && size > 0) {
                changes[size - 1] += newCount - oldCount;
            }
        }

        private void add(int codePoint, int change) {
            if (size == codePoints.length) {
                codePoints = Arrays.copyOf(codePoints, size + (size >> 1));
                changes = Arrays.copyOf(changes, codePoints.length);
            }
            codePoints[size] = codePoint;
            changes[size++] = change;
        }
    }
}
