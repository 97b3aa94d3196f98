package dev.kanmon.bench;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code key=value} arguments over defaults; a key without a default is refused. */
public final class Options {
    private final Map<String, String> values;

    private Options(Map<String, String> values) {
        this.values = values;
    }

    /**
     * The defaults, changed by the arguments.
     *
     * @param defaults keys and values in turns
     * @throws IllegalArgumentException if an argument is not {@code key=value} with a key of the defaults
     */
    public static Options of(List<String> defaults, String... arguments) {
        var values = new TreeMap<String, String>();
        for (int i = 0; i < defaults.size(); i += 2) {
            values.put(defaults.get(i), defaults.get(i + 1));
        }
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            if (equals < 0 || values.replace(argument.substring(0, equals), argument.substring(equals + 1)) == null) {
                throw new IllegalArgumentException(
                        argument + ": expected key=value with one of the keys " + values.keySet());
            }
        }
        return new Options(values);
    }

    /** The same with another value of a known key. */
    public Options with(String key, String value) {
        var changed = new TreeMap<>(values);
        if (changed.replace(key, value) == null) {
            throw new IllegalArgumentException("there is no option " + key + "; known: " + values.keySet());
        }
        return new Options(changed);
    }

    /** The value of a key. */
    public String text(String key) {
        String value = values.get(key);
        if (value == null) {
            throw new IllegalArgumentException("there is no option " + key + "; known: " + values.keySet());
        }
        return value;
    }

    /** The values of a key that are separated by commas; none if it is empty. */
    public List<String> list(String key) {
        return text(key).isEmpty() ? List.of() : List.of(text(key).split(","));
    }

    /** A list of whole numbers. */
    public List<Integer> numbers(String key) {
        return list(key).stream().map(Integer::valueOf).toList();
    }

    /** A whole number. */
    public int number(String key) {
        return Integer.parseInt(text(key));
    }

    /** Whether the value is {@code true}. */
    public boolean flag(String key) {
        return Boolean.parseBoolean(text(key));
    }

    /** All as arguments. */
    public List<String> arguments() {
        return values.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .toList();
    }

    @Override
    public String toString() {
        return String.join(" ", arguments());
    }
}
