package dev.kanmon.kernels.machine;

/** The slots of a {@link CallBlock} for the routines of attention. Strides are in bytes, all other sizes in elements. */
public final class AttentionSlots {
    /** Rows of a head: those to pack, or queries. */
    public static final int SOURCE = 0;

    public static final int SOURCE_STRIDE = 1;
    /** How many rows to pack, or the length of the sequence. */
    public static final int COUNT = 2;
    /** Columns of a head. */
    public static final int DIM = 3;
    /** Steps of a row: words that hold {@link #DIM}. */
    public static final int STEPS = 4;
    /** Steps of a column of values: words that hold {@link #COUNT}. */
    public static final int VALUE_STEPS = 5;
    /** Where packed rows go. */
    public static final int TARGET = 6;

    /** Packed keys. */
    public static final int KEYS = 7;
    /** Packed values. */
    public static final int VALUES = 8;
    /** Outputs of the head. */
    public static final int OUT = 9;

    public static final int OUT_STRIDE = 10;
    /** What is added to the scores of a key, negative infinity from {@link #COUNT} to the end of a vector. */
    public static final int MASK = 11;
    /** A float. */
    public static final int SCALE = 12;
    /** Keys that a query sees before its own, and {@link #AFTER} it; at most {@link #COUNT}. */
    public static final int BEFORE = 13;

    public static final int AFTER = 14;
    /** Scratch: as many queries as a block has, packed in rows. */
    public static final int QUERIES = 15;

    public static final int QUERY_STRIDE = 16;
    /** Scratch: scores of a block of queries, whose rows are whole tiles and whole vectors. */
    public static final int SCORES = 17;

    public static final int SCORE_STRIDE = 18;
    /** Scratch: a tile of a panel. */
    public static final int TILE = 19;
    /** Scratch: a float for each query of a block. */
    public static final int INVERSES = 20;
    /** Queries of a block. */
    public static final int BLOCK = 21;

    /** Bias of this head by distance, from minus {@link #REACH} on. */
    public static final int BIAS_TABLE = 22;

    public static final int REACH = 23;
    /** Scratch: the bias for each distance from 1 - COUNT on, COUNT and as many as a row of scores has. */
    public static final int BIAS = 24;

    /** Packed positions of this head as keys, or 0. */
    public static final int KEY_POSITIONS = 25;
    /** Packed positions of this head as queries, or 0. */
    public static final int QUERY_POSITIONS = 26;
    /** Rows of keys of this head, of {@link #SOURCE_STRIDE}. */
    public static final int KEY_SOURCE = 27;
    /** Rows of tables by falling distance, as ints. */
    public static final int FALLING = 28;
    /** The same by rising distance. */
    public static final int RISING = 29;
    /** Where in both the distance 0 is. */
    public static final int CENTER = 30;
    /** Where the last whole vector of both begins. */
    public static final int LAST = 31;
    /** Rows of tables, in whole vectors. */
    public static final int POSITIONS = 32;
    /** Stride of {@link #OF_QUERIES} and {@link #OF_KEYS}. */
    public static final int POSITION_STRIDE = 33;
    /** Scratch: products of a block of queries with the rows of {@link #KEY_POSITIONS}. */
    public static final int OF_QUERIES = 34;
    /** Scratch: products of all keys with the rows of {@link #QUERY_POSITIONS}. */
    public static final int OF_KEYS = 35;

    /** The first query, whose place says which keys it sees. */
    public static final int FIRST_QUERY = 36;
    /** Stride of the rows of queries. */
    public static final int QUERY_SOURCE_STRIDE = 37;

    /** From here on, routines keep what they have no register for. */
    public static final int WORKING = 40;

    private AttentionSlots() {}
}
