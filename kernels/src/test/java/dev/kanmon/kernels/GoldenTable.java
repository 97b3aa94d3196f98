package dev.kanmon.kernels;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Vectors of a small safetensors resource by name, as doubles. The tables were made with torch, see the golden
 * references' README; {@code activations} holds every fourth row of the original and its ends.
 */
final class GoldenTable {
    private static final Pattern ENTRY =
            Pattern.compile("\"([^\"]+)\":\\s*\\{\"dtype\":\\s*\"(F32|F64)\",\\s*\"shape\":\\s*\\[\\d+],\\s*"
                    + "\"data_offsets\":\\s*\\[(\\d+),\\s*(\\d+)]}");

    private GoldenTable() {}

    static Map<String, double[]> read(String resource) {
        ByteBuffer file;
        try (var in = GoldenTable.class.getResourceAsStream(resource)) {
            file = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        int header = Math.toIntExact(file.getLong(0));
        var table = new TreeMap<String, double[]>();
        var entries = ENTRY.matcher(new String(file.array(), 8, header, StandardCharsets.UTF_8));
        while (entries.find()) {
            boolean wide = entries.group(2).equals("F64");
            int begin = 8 + header + Integer.parseInt(entries.group(3));
            int end = 8 + header + Integer.parseInt(entries.group(4));
            int width = wide ? Double.BYTES : Float.BYTES;
            var values = new double[(end - begin) / width];
            for (int i = 0; i < values.length; i++) {
                values[i] = wide ? file.getDouble(begin + i * width) : file.getFloat(begin + i * width);
            }
            table.put(entries.group(1), values);
        }
        return table;
    }

    /** Values of a table as the kernels take them. */
    static float[] floats(double[] values) {
        var floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }
}
