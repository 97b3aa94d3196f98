package dev.kanmon.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which rows which step sees: a function of rows, options and seed, so that a run which goes on has nothing to remember
 * but its step.
 *
 * <p>An epoch has as many rows as there are. Unless they are drawn by shares, each comes once. By shares, rows are put
 * into groups of one class, one source, or both; each group has its share of every epoch, and goes through its own rows
 * in a new order before any of them comes again, over the ends of epochs too.
 */
final class Plan {

    private final TrainOptions.Sampling sampling;
    private final List<Lesson> rows;
    private final long seed;
    private final List<Group> groups;
    private long epoch = -1;
    private List<int[]> batches;

    /**
     * Rows that are drawn alike.
     *
     * @param rows their places
     * @param perEpoch how many of them an epoch sees
     */
    private record Group(int[] rows, int perEpoch) {}

    private record Key(int label, String source) {}

    /**
     * @throws IllegalArgumentException if a source has a weight and no row, or no row is left
     */
    Plan(TrainOptions.Sampling sampling, List<Lesson> rows, long seed) {
        this.sampling = sampling;
        this.rows = rows;
        this.seed = seed;
        groups = groups();
    }

    private List<Group> groups() {
        int[] all = IntStream.range(0, rows.size()).toArray();
        if (!sampling.weighted()) {
            return List.of(new Group(all, all.length));
        }
        Set<String> sources = rows.stream().map(row -> row.example().source()).collect(Collectors.toSet());
        for (String source : sampling.sourceWeights().keySet()) {
            if (!sources.contains(source)) {
                throw new IllegalArgumentException("source " + source + " was given a weight, but has no row");
            }
        }
        Map<Key, List<Integer>> byKey = new LinkedHashMap<>();
        boolean tellSources = sampling.bySource() || !sampling.sourceWeights().isEmpty();
        for (int row : all) {
            Example example = rows.get(row).example();
            Key key = new Key(sampling.byClass() ? example.label() : 0, tellSources ? example.source() : "");
            byKey.computeIfAbsent(key, _ -> new ArrayList<>()).add(row);
        }
        List<Key> keys = List.copyOf(byKey.keySet());
        double[] shares = keys.stream()
                .mapToDouble(key -> share(key, byKey.get(key).size()))
                .toArray();
        double[] ofClass = new double[2];
        for (int g = 0; g < shares.length; g++) {
            ofClass[keys.get(g).label] += shares[g];
        }
        long classes = Arrays.stream(ofClass).filter(share -> share > 0).count();
        if (classes == 0) {
            throw new IllegalArgumentException("all sources have the weight 0; there is no row to learn from");
        }
        for (int g = 0; g < shares.length; g++) {
            double sum = ofClass[keys.get(g).label];
            shares[g] = sum == 0 ? 0 : shares[g] / sum / classes;
        }
        int[] perEpoch = apportioned(shares, rows.size());
        List<Group> groups = new ArrayList<>();
        for (int g = 0; g < shares.length; g++) {
            groups.add(new Group(
                    byKey.get(keys.get(g)).stream().mapToInt(Integer::intValue).toArray(), perEpoch[g]));
        }
        return groups;
    }

    private double share(Key key, int size) {
        double share = sampling.bySource() ? Math.pow(size, sampling.power()) : size;
        return share * sampling.sourceWeights().getOrDefault(key.source, 1.0);
    }

    /** Whole numbers in proportion to {@code shares}, which add up to 1, whose sum is {@code total}: largest remainders. */
    static int[] apportioned(double[] shares, int total) {
        int[] counts = new int[shares.length];
        int left = total;
        for (int i = 0; i < shares.length; i++) {
            counts[i] = (int) Math.floor(shares[i] * total);
            left -= counts[i];
        }
        List<Integer> byRemainder = IntStream.range(0, shares.length)
                .boxed()
                .filter(i -> shares[i] > 0)
                .sorted(Comparator.comparingDouble(i -> counts[i] - shares[i] * total))
                .toList();
        for (int i = 0; i < left; i++) {
            counts[byRemainder.get(i % byRemainder.size())]++;
        }
        return counts;
    }

    /** Steps of one epoch; the last may have fewer rows. */
    long stepsPerEpoch() {
        return Math.ceilDiv(Math.ceilDiv(rows.size(), sampling.batch()), sampling.accumulation());
    }

    /** The rows of a step, batch after batch. */
    List<Lesson> step(long step) {
        long wanted = step / stepsPerEpoch();
        if (wanted != epoch) {
            batches = batches(wanted);
            epoch = wanted;
        }
        int from = (int) (step % stepsPerEpoch()) * sampling.accumulation();
        int to = Math.min(from + sampling.accumulation(), batches.size());
        return batches.subList(from, to).stream()
                .flatMapToInt(Arrays::stream)
                .mapToObj(rows::get)
                .toList();
    }

    /** An epoch's batches, in order. */
    private List<int[]> batches(long epoch) {
        int[] order =
                IntStream.range(0, groups.size()).flatMap(g -> drawn(g, epoch)).toArray();
        SplittableRandom random = random(epoch, -1);
        shuffle(order, random);
        int batch = sampling.batch();
        int pool = (int) Math.min((long) batch * sampling.pool(), Math.max(1, order.length));
        List<int[]> batches = new ArrayList<>();
        for (int from = 0; from < order.length; from += pool) {
            int[] together = Arrays.copyOfRange(order, from, Math.min(from + pool, order.length));
            if (sampling.pool() > 1) {
                together = IntStream.of(together)
                        .boxed()
                        .sorted(Comparator.comparingInt(row -> rows.get(row).length()))
                        .mapToInt(Integer::intValue)
                        .toArray();
            }
            for (int b = 0; b < together.length; b += batch) {
                batches.add(Arrays.copyOfRange(together, b, Math.min(b + batch, together.length)));
            }
        }
        if (sampling.pool() > 1) {
            int[] places = IntStream.range(0, batches.size()).toArray();
            shuffle(places, random);
            batches = IntStream.of(places).mapToObj(batches::get).toList();
        }
        return batches;
    }

    /** The rows of a group that an epoch sees: a stretch of the endless sequence of the group's shuffled rows. */
    private IntStream drawn(int g, long epoch) {
        Group group = groups.get(g);
        int[] drawn = new int[group.perEpoch];
        int[] round = group.rows;
        long shuffled = -1;
        for (int i = 0; i < drawn.length; i++) {
            long place = epoch * group.perEpoch + i;
            if (place / group.rows.length != shuffled) {
                shuffled = place / group.rows.length;
                round = group.rows.clone();
                shuffle(round, random(shuffled, g));
            }
            drawn[i] = round[(int) (place % group.rows.length)];
        }
        return Arrays.stream(drawn);
    }

    private SplittableRandom random(long round, int group) {
        return new SplittableRandom(new SplittableRandom(seed + 31L * group).nextLong() + round);
    }

    private static void shuffle(int[] values, SplittableRandom random) {
        for (int i = values.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int value = values[i];
            values[i] = values[j];
            values[j] = value;
        }
    }
}
