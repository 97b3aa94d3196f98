package dev.kanmon.formats.pickle;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * An object of a pickle. A pickle can build what holds itself, so nothing here walks into a container, and containers
 * are compared by identity.
 */
public sealed interface PickleValue {
    /** What it is, in a few words for an error message. */
    String describe();

    /** Python's {@code None}. */
    enum None implements PickleValue {
        /** The only one. */
        NONE;

        @Override
        public String describe() {
            return "None";
        }
    }

    /** True or false. */
    record OfBoolean(boolean value) implements PickleValue {
        @Override
        public String describe() {
            return value ? "True" : "False";
        }
    }

    /** An integer of at most 64 bits. */
    record OfInteger(long value) implements PickleValue {
        @Override
        public String describe() {
            return Long.toString(value);
        }
    }

    /** A float. */
    record OfFloat(double value) implements PickleValue {
        @Override
        public String describe() {
            return Double.toString(value);
        }
    }

    /** A string. */
    record OfString(String value) implements PickleValue {
        @Override
        public String describe() {
            return "the string \"" + (value.length() <= 60 ? value : value.substring(0, 60) + "…") + "\"";
        }
    }

    /** A class or function, by name only. */
    record OfGlobal(String module, String name) implements PickleValue {
        /** Module and name with a dot between. */
        public String qualified() {
            return module + "." + name;
        }

        @Override
        public String describe() {
            return qualified();
        }
    }

    /** A tuple. */
    final class OfTuple implements PickleValue {
        private final List<PickleValue> values;

        OfTuple(List<PickleValue> values) {
            this.values = Collections.unmodifiableList(values);
        }

        /** The elements. */
        public List<PickleValue> values() {
            return values;
        }

        @Override
        public String describe() {
            return "a tuple of " + values.size();
        }
    }

    /** A list. */
    final class OfList implements PickleValue {
        private List<PickleValue> values = List.of();

        OfList() {}

        void add(PickleValue value) {
            if (values.isEmpty()) {
                values = new ArrayList<>();
            }
            values.add(value);
        }

        /** The elements. */
        public List<PickleValue> values() {
            return Collections.unmodifiableList(values);
        }

        @Override
        public String describe() {
            return "a list of " + values.size();
        }
    }

    /** A dictionary, ordered or not; of its keys only the strings are kept. */
    final class OfDict implements PickleValue {
        private SequencedMap<String, PickleValue> values;

        OfDict() {}

        void put(String key, PickleValue value) {
            if (values == null) {
                values = new LinkedHashMap<>();
            }
            values.put(key, value);
        }

        /** The values of keys that are strings. */
        public SequencedMap<String, PickleValue> values() {
            return values == null ? new LinkedHashMap<>() : Collections.unmodifiableSequencedMap(values);
        }

        @Override
        public String describe() {
            return "a dictionary of " + (values == null ? 0 : values.size());
        }
    }

    /**
     * The call of a function, not made.
     *
     * @param at offset of the call in the file
     */
    record OfCall(OfGlobal function, OfTuple arguments, long at) implements PickleValue {
        @Override
        public String describe() {
            return "a call of " + function.qualified();
        }
    }

    /**
     * What the pickle says of an object that is kept outside.
     *
     * @param at offset of the reference in the file
     */
    record OfPersistent(OfTuple id, long at) implements PickleValue {
        @Override
        public String describe() {
            return "a reference to data outside the pickle";
        }
    }
}
