package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.x86.Feature.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kanmon.kernels.machine.memory.ExecutableMemory.Refused;
import dev.kanmon.kernels.machine.memory.NativeAccess;
import dev.kanmon.kernels.machine.x86.CpuFeatures.Cache;
import dev.kanmon.kernels.machine.x86.CpuFeatures.Tiles;
import dev.kanmon.kernels.machine.x86.CpuId.Answer;
import dev.kanmon.kernels.machine.x86.CpuId.Leaf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Answers of some CPUs, put together by the manuals of their makers, and those of the CPU that is here. */
final class CpuFeaturesTest {
    private static final long X87_SSE_AVX = 0x7;
    private static final long AND_AVX512 = 0xe7;
    private static final long AND_TILES = 0x6_00e7;

    private static final String HASWELL = """
        00000000 0 0000000d 756e6547 6c65746e 49656e69
        00000001 0 000306c3 00100800 7ffafbff bfebfbff
        00000004 0 1c004121 01c0003f 0000003f 00000000
        00000004 1 1c004122 01c0003f 0000003f 00000000
        00000004 2 1c004143 01c0003f 000001ff 00000000
        00000004 3 1c03c163 03c0003f 00001fff 00000006
        00000007 0 00000000 000027ab 00000000 00000000
        80000000 0 80000008 00000000 00000000 00000000
        80000002 0 65746e49 2952286c 726f4320 4d542865
        80000003 0 37692029 3737342d 50432030 20402055
        80000004 0 30342e33 007a4847 00000000 00000000
        """;

    private static final String SKYLAKE_SP = """
        00000000 0 00000016 756e6547 6c65746e 49656e69
        00000001 0 00050654 00400800 7ffefbff bfebfbff
        00000004 0 7c004121 01c0003f 0000003f 00000000
        00000004 1 7c004122 01c0003f 0000003f 00000000
        00000004 2 7c004143 03c0003f 000003ff 00000000
        00000004 3 7c0fc163 0280003f 00009fff 00000004
        00000007 0 00000000 d39ffffb 00000008 00000000
        """;

    private static final String ALDER_LAKE = """
        00000000 0 00000020 756e6547 6c65746e 49656e69
        00000001 0 00090672 00800800 7ffafbff bfebfbff
        00000004 0 fc004121 02c0003f 0000003f 00000000
        00000004 2 fc01c143 0240003f 000007ff 00000000
        00000007 0 00000001 239c27eb 98c027ac fc1cc410
        00000007 1 00400810 00000000 00000000 00000000
        """;

    private static final String SAPPHIRE_RAPIDS = """
        00000000 0 00000020 756e6547 6c65746e 49656e69
        00000001 0 000806f8 00800800 7ffefbff bfebfbff
        00000004 0 fc004121 02c0003f 0000003f 00000000
        00000004 2 fc004143 03c0003f 000007ff 00000000
        00000007 0 00000002 f3bfb7ef fb417ffe ffdd4432
        00000007 1 00001c30 00000000 00000000 00000000
        0000001d 0 00000001 00000000 00000000 00000000
        0000001d 1 04002000 00080040 00000010 00000000
        0000001e 0 00000000 00004010 00000000 00000000
        """;

    /** The vendor's name, leaf 4 without caches and leaf 0x8000001d with them, AVX-512 VNNI without AVX-VNNI. */
    private static final String ZEN_4 = """
        00000000 0 00000010 68747541 444d4163 69746e65
        00000001 0 00a10f11 00800800 7efa320b 178bfbff
        00000007 0 00000001 f1bf97a9 00405fce 00000010
        00000007 1 00000020 00000000 00000000 00000000
        80000000 0 80000028 68747541 444d4163 69746e65
        8000001d 0 00004121 01c0003f 0000003f 00000000
        8000001d 1 00004122 01c0003f 0000003f 00000000
        8000001d 2 00004143 01c0003f 000007ff 00000002
        8000001d 3 0003c163 03c0003f 00007fff 00000001
        """;

    /** Before AVX; above its highest leaf an Intel CPU answers as for another leaf, here with every bit set. */
    private static final String NEHALEM = """
        00000000 0 00000005 756e6547 6c65746e 49656e69
        00000001 0 000106a5 00100800 009ce3bd bfebfbff
        00000007 0 ffffffff ffffffff ffffffff ffffffff
        00000007 1 ffffffff ffffffff ffffffff ffffffff
        """;

    private static final Set<Feature> BASE = Set.of(FMA, F16C, AVX2, BMI2);

    private static CpuId cpu(String dump, long xcr0) {
        var leaves = new HashMap<Leaf, Answer>();
        dump.lines().forEach(line -> {
            int[] n = Arrays.stream(line.split(" "))
                    .mapToInt(HexFormat::fromHexDigits)
                    .toArray();
            leaves.put(new Leaf(n[0], n[1]), new Answer(n[2], n[3], n[4], n[5]));
        });
        return new CpuId(leaves, xcr0);
    }

    private static CpuFeatures features(String dump, long xcr0) {
        return CpuFeatures.of(cpu(dump, xcr0));
    }

    private static Set<Feature> with(Feature... more) {
        var all = EnumSet.copyOf(BASE);
        all.addAll(List.of(more));
        return all;
    }

    @Test
    void haswell() {
        var cpu = features(HASWELL, X87_SSE_AVX);
        assertEquals("Intel(R) Core(TM) i7-4770 CPU @ 3.40GHz", cpu.brand());
        assertEquals(BASE, cpu.features());
        assertEquals(List.of(new Cache(1, 32 << 10), new Cache(2, 256 << 10), new Cache(3, 8 << 20)), cpu.caches());
        assertEquals(256 << 10, cpu.cacheBytes(2));
        assertEquals(0, cpu.cacheBytes(4));
        assertNull(cpu.tiles());
        assertEquals(Level.AVX2, Level.of(cpu, Level.AVX512));
    }

    @Test
    void skylakeServer() {
        var cpu = features(SKYLAKE_SP, AND_AVX512);
        assertEquals("GenuineIntel", cpu.brand());
        assertEquals(with(AVX512F, AVX512DQ, AVX512BW, AVX512VL), cpu.features());
        assertEquals(1 << 20, cpu.cacheBytes(2));
        assertEquals(Level.AVX512_PLAIN, Level.of(cpu, Level.AVX512));
        // a system that saves no more than AVX
        assertEquals(BASE, features(SKYLAKE_SP, X87_SSE_AVX).features());
        // opmasks, but not the upper registers
        assertEquals(BASE, features(SKYLAKE_SP, 0x67).features());
    }

    @Test
    void alderLake() {
        var cpu = features(ALDER_LAKE, X87_SSE_AVX);
        assertEquals(with(AVX_VNNI), cpu.features());
        assertEquals(48 << 10, cpu.cacheBytes(1));
        assertEquals(1280 << 10, cpu.cacheBytes(2));
        assertEquals(Level.AVX2_VNNI, Level.of(cpu, Level.AVX512));
        assertEquals(Level.AVX2, Level.of(cpu, Level.AVX2));
    }

    @Test
    void sapphireRapids() {
        var vectors = with(AVX_VNNI, AVX512F, AVX512DQ, AVX512BW, AVX512VL, AVX512VBMI, AVX512_VNNI, AVX512_BF16);
        var cpu = features(SAPPHIRE_RAPIDS, AND_AVX512);
        assertEquals(vectors, cpu.features(), "the system saves no tiles");
        assertNull(cpu.tiles());
        // either bit alone will not do
        assertEquals(vectors, features(SAPPHIRE_RAPIDS, AND_AVX512 | 1 << 17).features());
        assertEquals(vectors, features(SAPPHIRE_RAPIDS, AND_AVX512 | 1 << 18).features());
        cpu = features(SAPPHIRE_RAPIDS, AND_TILES);
        vectors.addAll(Set.of(AMX_TILE, AMX_INT8, AMX_BF16));
        assertEquals(vectors, cpu.features());
        assertEquals(new Tiles(8, 16, 64, 16, 64), cpu.tiles());
        assertEquals(2 << 20, cpu.cacheBytes(2));
        assertEquals(Level.AVX512, Level.of(cpu, Level.AVX512));
        assertEquals(Level.AVX512_PLAIN, Level.of(cpu, Level.AVX512_PLAIN));
        assertEquals(Level.AVX2_VNNI, Level.of(cpu, Level.AVX2_VNNI));
        assertEquals(Level.AVX2, Level.of(cpu, Level.AVX2));
    }

    @Test
    void zen4() {
        var cpu = features(ZEN_4, AND_AVX512);
        assertEquals("AuthenticAMD", cpu.brand());
        assertEquals(with(AVX512F, AVX512DQ, AVX512BW, AVX512VL, AVX512VBMI, AVX512_VNNI, AVX512_BF16), cpu.features());
        assertEquals(List.of(new Cache(1, 32 << 10), new Cache(2, 1 << 20), new Cache(3, 32 << 20)), cpu.caches());
        assertEquals(Level.AVX512, Level.of(cpu, Level.AVX512));
        assertEquals(Level.AVX2, Level.of(cpu, Level.AVX2_VNNI), "no AVX-VNNI");
    }

    @Test
    void whatTheCpuOrTheSystemLacksIsMissing() {
        assertEquals(List.of(), Level.missing(features(HASWELL, X87_SSE_AVX)));
        assertEquals(Set.of(), features(NEHALEM, X87_SSE_AVX).features());
        assertEquals(List.of("avx2", "fma", "f16c", "bmi2"), Level.missing(features(NEHALEM, 0)));
        // the system has not enabled the state of AVX
        assertEquals(List.of("avx2", "fma", "f16c"), Level.missing(features(HASWELL, 0x3)));
        assertEquals(List.of("avx2", "fma", "f16c"), Level.missing(features(HASWELL, 0)));
    }

    @Test
    void subLeafOneOfLeafSevenCountsWhereThereIsOne() {
        var leaves = new HashMap<>(cpu(SAPPHIRE_RAPIDS, 0).leaves());
        var seven = leaves.get(new Leaf(7, 0));
        leaves.put(new Leaf(7, 0), new Answer(0, seven.ebx(), seven.ecx(), seven.edx()));
        var cpu = CpuFeatures.of(new CpuId(leaves, AND_AVX512));
        assertTrue(cpu.has(AVX512_VNNI) && !cpu.has(AVX_VNNI) && !cpu.has(AVX512_BF16), cpu.toString());
    }

    @Test
    void nothingIsReadFromAnEmptyDump() {
        assertEquals(new CpuFeatures("", Set.of(), List.of(), null), CpuFeatures.of(new CpuId(Map.of(), -1)));
    }

    @Test
    void namesOfLevels() {
        assertEquals("avx512, avx512-plain, avx2-vnni, avx2", Level.NAMES);
        var named = Arrays.stream(Level.NAMES.split(", ")).map(Level::named).toList();
        assertEquals(List.of(Level.AVX512, Level.AVX512_PLAIN, Level.AVX2_VNNI, Level.AVX2), named);
        assertNull(Level.named("AVX2"));
    }

    /** 53 push rbx, then R8 is the block: from RDI, or RCX on Windows; no instruction that a first x86-64 has not. */
    @Test
    void theCodeThatAsksIsForAnyX64() {
        var hex = HexFormat.ofDelimiter(" ");
        String cpuid = " 41 8b 00 41 8b 48 04 0f a2 41 89 40 08 41 89 58 0c 41 89 48 10 41 89 50 14 5b c3";
        assertEquals("53 49 89 f8" + cpuid, hex.formatHex(CpuId.cpuidCode(Abi.SYSTEM_V)));
        assertEquals("53 49 89 c8" + cpuid, hex.formatHex(CpuId.cpuidCode(Abi.WINDOWS)));
        String xgetbv = " 31 c9 0f 01 d0 41 89 00 41 89 50 04 c3";
        assertEquals("49 89 f8" + xgetbv, hex.formatHex(CpuId.xgetbvCode(Abi.SYSTEM_V)));
        assertEquals("49 89 c8" + xgetbv, hex.formatHex(CpuId.xgetbvCode(Abi.WINDOWS)));
    }

    @Test
    void linuxSaysTheSameOfThisCpu() throws IOException, Refused {
        var info = Path.of("/proc/cpuinfo");
        assumeTrue(
                Files.exists(info) && System.getProperty("os.arch").equals("amd64"),
                "SKIPPED, this CPU's features: not Linux on x86-64");
        assumeTrue(NativeAccess.refusal() == null, () -> "SKIPPED, this CPU's features: " + NativeAccess.refusal());
        var here = CpuFeatures.here();
        var flags = Set.of(value(info, "flags").split(" "));
        for (var feature : Feature.values()) {
            assertEquals(flags.contains(feature.text()), here.has(feature), feature.text() + " of " + here);
        }
        assertEquals(value(info, "model name"), here.brand());
        var size = Path.of("/sys/devices/system/cpu/cpu0/cache/index2/size");
        if (Files.exists(size) && !here.caches().isEmpty()) {
            assertEquals(Files.readString(size).strip(), (here.cacheBytes(2) >> 10) + "K");
        }
    }

    private static String value(Path info, String name) throws IOException {
        try (var lines = Files.lines(info)) {
            return lines.filter(line -> line.startsWith(name))
                    .findFirst()
                    .map(line -> line.replaceFirst(".*: ", "").strip())
                    .orElseThrow();
        }
    }
}
