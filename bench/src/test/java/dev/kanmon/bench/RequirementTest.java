package dev.kanmon.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class RequirementTest {
    @Test
    void fp32OfABertIsAheadOfBothPeersOrNearTheRoof() {
        var ort = encoder("bert-base", 128, "ort-fused", "fp32", 120);
        var openVino = encoder("bert-base", 128, "openvino", "fp32", 105);
        // 120 / 1.2 = 100 is stricter than 105
        assertTrue(single(ort, openVino, encoder("bert-base", 128, "kanmon-machine", "fp32", 100))
                .met());
        assertFalse(single(ort, openVino, encoder("bert-base", 128, "kanmon-machine", "fp32", 100.1))
                .met());
        // the roof at 90: 85 % of it takes 105.9, which is less to ask for
        var roof = encoder("bert-base", 128, "roof", "fp32", 90);
        assertTrue(single(ort, openVino, roof, encoder("bert-base", 128, "kanmon-machine", "fp32", 105))
                .met());
        assertFalse(single(ort, openVino, roof, encoder("bert-base", 128, "kanmon-machine", "fp32", 106))
                .met());
    }

    @Test
    void aPeersBetterSettingCounts() {
        var requirement = single(
                encoder("minilm-l6", 32, "ort-plain", "int8", 3),
                encoder("minilm-l6", 32, "ort-fused-nospin", "int8", 1.5),
                encoder("minilm-l6", 32, "kanmon-machine", "int8", 1.2));
        assertFalse(requirement.met());
        assertEquals("1.00 ms", requirement.limit());
    }

    @Test
    void int8OfADebertaIsHeldAgainstAnyPrecision() {
        var requirement = single(
                encoder("deberta-v3-base", 512, "ort-plain", "int8", 400),
                encoder("deberta-v3-base", 512, "openvino", "bf16", 250),
                encoder("deberta-v3-base", 512, "kanmon-machine", "int8", 99));
        assertEquals("100.00 ms", requirement.limit());
        assertTrue(requirement.met());
    }

    @Test
    void theFactorGrowsEvenlyBetweenTheLengthsThatAreNamed() {
        assertEquals(1.4, Requirement.between(128, 1.4, 2.5), 1e-12);
        assertEquals(Math.sqrt(1.4 * 2.5), Requirement.between(256, 1.4, 2.5), 1e-12);
        assertEquals(2.5, Requirement.between(512, 1.4, 2.5), 1e-12);
    }

    @Test
    void aProductIsHeldAgainstTheRoofAndThePeer() {
        var requirements = Requirement.of(Figures.of(List.of(
                gemm(16, "kanmon-machine", 950),
                gemm(16, "ort-MatMulInteger", 960),
                gemm(16, "ort-dynamic", 700),
                gemm(16, "roof", 1000),
                gemm(1, "kanmon-machine", 100),
                gemm(1, "roof", 1000))));
        // no row is asked of M below 16
        assertEquals(
                List.of(true, false),
                requirements.stream().map(Requirement::met).toList());
    }

    @Test
    void cellsWithoutPeersSayNothing() {
        assertEquals(
                List.of(), Requirement.of(Figures.of(List.of(encoder("bert-base", 32, "kanmon-vector", "int8", 1)))));
    }

    private static Requirement single(Measure... measures) {
        var requirements = Requirement.of(Figures.of(List.of(measures)));
        assertEquals(1, requirements.size(), requirements.toString());
        return requirements.getFirst();
    }

    private static Measure encoder(String shape, int tokens, String engine, String form, double millis) {
        return new Measure("encoder", shape, 1, tokens, engine, form, "ms", millis, millis * 1.1);
    }

    private static Measure gemm(int m, String engine, double rate) {
        return new Measure("gemm", "768x768", 1, m, engine, "int8", "Gop/s", rate, rate);
    }
}
