package dev.kanmon.llama;

import dev.kanmon.augment.Message;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Turns a conversation into a prompt: by the model's own template where it has one that llama.cpp knows (it recognises some
 * forty by what they contain and writes them itself, their default system messages left out), else as plain text.
 */
final class ChatTemplate {
    /** How a plain conversation goes on, which a model without a template writes rather than end its answer. */
    private static final String PLAIN_USER = "\nUser:";

    private final Llama llama;
    private final MemorySegment template;

    private ChatTemplate(Llama llama, MemorySegment template) {
        this.llama = llama;
        this.template = template;
    }

    /** The template of a model, valid as long as the model. */
    static ChatTemplate of(Llama llama, MemorySegment model) {
        var own = llama.chatTemplate(model);
        var chat = new ChatTemplate(llama, own);
        boolean isKnown = !chat.isPlain() && chat.apply(List.of(Message.user("a")), 64) != null;
        return isKnown ? chat : new ChatTemplate(llama, MemorySegment.NULL);
    }

    boolean isPlain() {
        return template.equals(MemorySegment.NULL);
    }

    /** Texts that end an answer whatever its sampling says. */
    List<String> stop() {
        return isPlain() ? List.of(PLAIN_USER) : List.of();
    }

    /** The conversation, the opening of the assistant's turn, and the prefix. */
    String prompt(List<Message> messages, String prefix) {
        if (isPlain()) {
            return plain(messages, prefix);
        }
        int characters = messages.stream().mapToInt(m -> m.text().length()).sum();
        return apply(messages, 2 * characters + 256) + prefix;
    }

    private static String plain(List<Message> messages, String prefix) {
        var text = new StringBuilder();
        for (var message : messages) {
            switch (message.role()) {
                case SYSTEM -> text.append(message.text()).append("\n\n");
                case USER -> text.append("User: ").append(message.text()).append('\n');
                case ASSISTANT ->
                    text.append("Assistant: ").append(message.text()).append('\n');
            }
        }
        // No blank behind the colon: a token most often begins with its own.
        return text.append("Assistant:")
                .append(prefix.isEmpty() ? "" : " ")
                .append(prefix)
                .toString();
    }

    /** Null if llama.cpp does not know the template. */
    private String apply(List<Message> messages, int guess) {
        try (var arena = Arena.ofConfined()) {
            var native_ = arena.allocate(Layouts.CHAT_MESSAGE, messages.size());
            for (int i = 0; i < messages.size(); i++) {
                var message = messages.get(i);
                if (message.text().indexOf(0) >= 0) {
                    throw new IllegalArgumentException(
                            "message " + (i + 1) + " holds U+0000, which ends a string of C");
                }
                var at = native_.asSlice(i * Layouts.CHAT_MESSAGE.byteSize());
                Layouts.setAddress(
                        at,
                        Layouts.CHAT_MESSAGE,
                        "role",
                        arena.allocateFrom(message.role().wire()));
                Layouts.setAddress(at, Layouts.CHAT_MESSAGE, "content", arena.allocateFrom(message.text()));
            }
            var text = arena.allocate(guess);
            int length = llama.applyTemplate(template, native_, messages.size(), text);
            if (length > text.byteSize()) {
                text = arena.allocate(length);
                length = llama.applyTemplate(template, native_, messages.size(), text);
            }
            return length < 0
                    ? null
                    : new String(text.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
        }
    }
}
