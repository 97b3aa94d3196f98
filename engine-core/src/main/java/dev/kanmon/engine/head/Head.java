package dev.kanmon.engine.head;

/** What turns hidden states into logits. Immutable. */
public sealed interface Head permits SequenceHead, TokenHead {}
