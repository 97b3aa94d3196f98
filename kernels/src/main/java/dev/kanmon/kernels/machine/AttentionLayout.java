package dev.kanmon.kernels.machine;

import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.Operands;
import dev.kanmon.kernels.PackedPositions;
import dev.kanmon.kernels.RelativePositions;
import dev.kanmon.kernels.common.Checks;
import java.lang.foreign.MemorySegment;

/**
 * Where everything lies in the scratch of an attention, in bytes from a line of the cache on; each part begins at one.
 * The mask comes first.
 */
final class AttentionLayout {
    private static final int LINE = 64;
    /** Queries of a block, whole tiles: their scores stay in the second cache. */
    private static final int BLOCK = 24;
    /** The same where tables are read again for each block. */
    private static final int BLOCK_WITH_TABLES = 48;

    /** Keys in whole vectors. */
    final int paddedLength;

    final int steps;
    final int valueSteps;
    final int block;
    final long keys;
    final long values;
    final long queries;
    final long queryStride;
    final long scores;
    final long scoreStride;
    final long tile;
    final long inverses;
    /** Rows of tables in whole vectors, 0 without tables. */
    final int positions;

    final long positionStride;
    /** Bias by distance, or products of queries with positions. */
    final long ofPositions;

    final long ofKeys;
    private long end;

    /** Refuses what no array could hold, so that sizes of a head are ints here as in the other siblings. */
    AttentionLayout(AttentionRoutines routines, AttentionShape shape, int length) {
        int lanes = routines.lanes();
        int tileRows = routines.tileRows();
        var used = routines.used(shape.operands());
        var tables = Tables.of(shape.positions());
        long paddedDim = padded(shape.headDim(), lanes);
        long paddedKeys = padded(length, routines.panel());
        Checks.arrayLength("attention", paddedKeys, padded(shape.headDim(), routines.panel()));
        paddedLength = (int) padded(length, lanes);
        steps = words(shape.headDim(), used);
        valueSteps = words(length, used);
        block = Math.min(Math.max(length, 1), tables.rows() == 0 ? BLOCK : BLOCK_WITH_TABLES);
        long blockRows = padded(padded(block, tileRows), lanes);
        take(paddedLength);
        keys = take(paddedKeys * steps);
        values = take(valueSteps * paddedDim);
        queryStride = paddedDim * (used == Operands.BF16 ? Short.BYTES : Float.BYTES);
        queries = take(blockRows * paddedDim);
        scoreStride = oddStride(paddedLength, lanes);
        scores = take(blockRows * scoreStride / Float.BYTES);
        tile = take((long) tileRows * routines.panel());
        inverses = take(blockRows);
        positions = Checks.arrayLength("attention", padded(tables.rows(), lanes), 1);
        // a vector may be read from any row's product on
        positionStride = oddStride(positions, lanes);
        boolean bias = shape.positions() instanceof RelativePositions.Bias;
        ofPositions = take(
                bias
                        ? length + (long) paddedLength + lanes
                        : tables.rows() == 0 ? 0 : blockRows * positionStride / Float.BYTES);
        // the last tile of the last block and the last vector of keys may go beyond the length
        long keyRows = length + (long) Math.max(lanes, tileRows);
        ofKeys = take(tables.ofKeys() ? Math.multiplyExact(keyRows, positionStride / Float.BYTES) : 0);
    }

    /** What a layout depends on: rows of tables, 0 for none, and whether keys have products with them. */
    private record Tables(int rows, boolean ofKeys) {
        static Tables of(RelativePositions positions) {
            return switch (positions) {
                case RelativePositions.Disentangled plain -> new Tables(plain.rows(), plain.queries() != null);
                case PackedPositions other -> {
                    var own = MachinePositions.own(other);
                    yield new Tables(own.rows(), own.queries() != null);
                }
                case RelativePositions.Bias _ -> new Tables(0, false);
                case null -> new Tables(0, false);
            };
        }
    }

    /** Floats of scratch, with as many as it may take to get to a line. */
    long floats() {
        return (end + LINE) / Float.BYTES;
    }

    /** The address of the first line of scratch. */
    static long begin(MemorySegment scratch) {
        return (scratch.address() + LINE - 1) & -LINE;
    }

    /** Words that hold numbers of a row. */
    static int words(int numbers, Operands used) {
        return switch (used) {
            case F32 -> numbers;
            case BF16 -> Math.ceilDiv(numbers, 2);
        };
    }

    /** Bytes of a row of at least one vector more: an odd number of vectors keeps rows apart in the sets of a cache. */
    private static long oddStride(int floats, int lanes) {
        return (padded(floats, 2 * lanes) + lanes) * Float.BYTES;
    }

    private long take(long floats) {
        long at = end;
        end = Math.addExact(end, padded(floats, LINE / Float.BYTES) * Float.BYTES);
        return at;
    }

    private static long padded(long n, int unit) {
        return Math.ceilDiv(n, (long) unit) * unit;
    }
}
