package dev.kanmon.formats;

import java.util.List;
import java.util.Objects;

/** The value of an attribute of an {@link OnnxNode}. */
public sealed interface OnnxAttribute {
    /** An integer. */
    record OfInteger(long value) implements OnnxAttribute {}

    /** A float. */
    record OfFloat(float value) implements OnnxAttribute {}

    /** A string. */
    record OfString(String value) implements OnnxAttribute {
        /** Refuses null. */
        public OfString {
            Objects.requireNonNull(value);
        }
    }

    /** Integers. */
    record OfIntegers(List<Long> values) implements OnnxAttribute {
        /** Copies the list. */
        public OfIntegers {
            values = List.copyOf(values);
        }
    }

    /**
     * A value of a kind that is not kept: tensors (that of a Constant node is one of the file's tensors), graphs, lists
     * of floats or strings.
     *
     * @param type the number of {@code AttributeProto.AttributeType}
     */
    record Other(int type) implements OnnxAttribute {}
}
