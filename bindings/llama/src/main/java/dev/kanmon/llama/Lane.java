package dev.kanmon.llama;

import dev.kanmon.augment.GenerationException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A context that writes some answers side by side. Used by one thread at a time. */
final class Lane implements AutoCloseable {
    private final Context context;
    private final Vocabulary vocabulary;
    private final int sequences;

    Lane(Context context, Vocabulary vocabulary, int sequences) {
        this.context = context;
        this.vocabulary = vocabulary;
        this.sequences = sequences;
    }

    /** Finishes all these answers; which of them share a pass depends on nothing but them. */
    void write(List<Answer> answers) {
        try {
            var waiting = new ArrayDeque<>(answers);
            var slots = new Answer[Math.min(sequences, answers.size())];
            int open = answers.size();
            while (open > 0) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new GenerationException("llama.cpp: interrupted");
                }
                pass(slots, waiting);
                for (int s = 0; s < slots.length; s++) {
                    if (slots[s] != null && slots[s].isFinished()) {
                        slots[s] = null;
                        context.remove(s);
                        open--;
                    }
                }
            }
        } finally {
            context.clear();
        }
    }

    /** A token of every answer that is being written, then as much of the prompts as there is room for. */
    private void pass(Answer[] slots, Deque<Answer> waiting) {
        Map<Integer, Answer> drawing = new HashMap<>();
        for (int s = 0; s < slots.length; s++) {
            if (slots[s] == null) {
                slots[s] = waiting.poll();
            } else if (slots[s].isDrawing()) {
                drawing.put(slots[s].addTo(context, s), slots[s]);
            }
        }
        for (int s = 0; s < slots.length; s++) {
            if (slots[s] != null && !slots[s].isDrawing()) {
                int at = slots[s].addTo(context, s);
                if (at >= 0) {
                    drawing.put(at, slots[s]);
                }
            }
        }
        context.run((at, logits) -> drawing.get(at).draw(logits, vocabulary));
    }

    /** Reads a prompt and hands out the logits that follow it. */
    void read(int[] prompt, Context.LogitsConsumer consumer) {
        try {
            for (int i = 0; i < prompt.length; i++) {
                boolean isLast = i == prompt.length - 1;
                context.add(prompt[i], i, 0, isLast);
                if (isLast || context.room() == 0) {
                    context.run(consumer);
                }
            }
        } finally {
            context.clear();
        }
    }

    @Override
    public void close() {
        context.close();
    }
}
