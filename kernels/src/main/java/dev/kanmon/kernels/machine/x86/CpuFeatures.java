package dev.kanmon.kernels.machine.x86;

import dev.kanmon.kernels.machine.memory.ExecutableMemory.Refused;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What this CPU is, and what of it may be used here.
 *
 * @param brand as its maker wrote it, or its vendor, for people
 * @param features those that the system has enabled, too
 * @param caches of data; empty if the CPU does not say
 * @param tiles of AMX, or null
 */
record CpuFeatures(String brand, Set<Feature> features, List<Cache> caches, Tiles tiles) {
    CpuFeatures {
        features = Set.copyOf(features);
        caches = List.copyOf(caches);
    }

    /** A cache that holds data: its level from 1 on, and its bytes, of all who share it. */
    record Cache(int level, long bytes) {}

    /**
     * The palette of AMX.
     *
     * @param registers tiles that there are
     * @param rows of a tile at most
     * @param bytesPerRow at most
     * @param productRows rows of the second operand of a product at most, four bytes of the sum in each
     * @param productColumns bytes of a row of the product at most
     */
    record Tiles(int registers, int rows, int bytesPerRow, int productRows, int productColumns) {}

    private static final int DATA = 1;
    private static final int UNIFIED = 3;

    /** Asks the CPU. */
    static CpuFeatures here() throws Refused {
        return of(CpuId.read());
    }

    /** What such answers mean. */
    static CpuFeatures of(CpuId cpu) {
        var features = EnumSet.allOf(Feature.class);
        features.removeIf(feature -> !feature.isIn(cpu));
        var caches = caches(cpu, CpuId.CACHES);
        return new CpuFeatures(
                brand(cpu), features, caches.isEmpty() ? caches(cpu, CpuId.AMD_CACHES) : caches, tiles(cpu, features));
    }

    boolean has(Feature... wanted) {
        return features.containsAll(List.of(wanted));
    }

    /** Bytes of the cache of that level, or 0 if the CPU does not say. */
    long cacheBytes(int level) {
        return caches.stream()
                .filter(cache -> cache.level() == level)
                .mapToLong(Cache::bytes)
                .sum();
    }

    private static String brand(CpuId cpu) {
        var text = ByteBuffer.allocate(CpuId.BRAND_LEAVES * 16).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < CpuId.BRAND_LEAVES; i++) {
            var part = cpu.leaf(CpuId.BRAND + i, 0);
            text.putInt(part.eax()).putInt(part.ebx()).putInt(part.ecx()).putInt(part.edx());
        }
        String brand = text(text);
        var vendor = cpu.leaf(0, 0);
        return !brand.isEmpty()
                ? brand
                : text(ByteBuffer.allocate(12)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(vendor.ebx())
                        .putInt(vendor.edx())
                        .putInt(vendor.ecx()));
    }

    private static String text(ByteBuffer bytes) {
        return new String(bytes.array(), StandardCharsets.US_ASCII)
                .replace("\0", "")
                .replaceAll(" +", " ")
                .strip();
    }

    private static List<Cache> caches(CpuId cpu, int leaf) {
        var caches = new ArrayList<Cache>();
        for (int sub = 0; sub < CpuId.MOST_CACHES; sub++) {
            var answer = cpu.leaf(leaf, sub);
            int type = answer.eax() & 0x1f;
            if (type == DATA || type == UNIFIED) {
                long line = (answer.ebx() & 0xfff) + 1;
                long partitions = (answer.ebx() >>> 12 & 0x3ff) + 1;
                long ways = (answer.ebx() >>> 22) + 1;
                long sets = (answer.ecx() & 0xffff_ffffL) + 1;
                caches.add(new Cache(answer.eax() >>> 5 & 0x7, line * partitions * ways * sets));
            }
        }
        return caches;
    }

    private static Tiles tiles(CpuId cpu, Set<Feature> features) {
        if (!features.contains(Feature.AMX_TILE) || cpu.leaf(CpuId.TILES, 0).eax() < 1) {
            return null;
        }
        var palette = cpu.leaf(CpuId.TILES, 1);
        var products = cpu.leaf(CpuId.TILE_PRODUCTS, 0);
        return new Tiles(
                palette.ebx() >>> 16,
                palette.ecx() & 0xffff,
                palette.ebx() & 0xffff,
                products.ebx() & 0xff,
                products.ebx() >>> 8 & 0xffff);
    }
}
