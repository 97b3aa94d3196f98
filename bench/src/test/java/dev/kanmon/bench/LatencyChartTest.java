package dev.kanmon.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

class LatencyChartTest {
    @Test
    void eachShapeAndNumberOfThreadsHasAPanelAndEachEngineAndFormALine() throws Exception {
        var measures = new ArrayList<Measure>();
        for (int tokens : List.of(32, 128, 512)) {
            for (int threads : List.of(1, 2)) {
                measures.add(measure(threads, tokens, "kanmon-machine", "int8", tokens / 40.0 / threads));
                measures.add(measure(threads, tokens, "ort-plain", "int8", tokens / 20.0 / threads));
                measures.add(measure(threads, tokens, "ort-fused", "int8", tokens / 10.0 / threads));
                measures.add(measure(threads, tokens, "roof", "int8", tokens / 80.0 / threads));
            }
        }
        String svg = LatencyChart.of(Figures.of(measures));
        var document = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
        var titles = new ArrayList<String>();
        var texts = document.getElementsByTagName("text");
        for (int i = 0; i < texts.getLength(); i++) {
            if (((Element) texts.item(i)).hasAttribute("font-weight")) {
                titles.add(texts.item(i).getTextContent());
            }
        }
        assertEquals(List.of("bert-base, batch 1, 1 thread", "bert-base, batch 1, 2 threads"), titles);
        var paths = document.getElementsByTagName("path");
        int curves = 0;
        for (int i = 0; i < paths.getLength(); i++) {
            var path = (Element) paths.item(i);
            if (path.getAttribute("fill").equals("none")
                    && path.getAttribute("d").contains("L")) {
                curves++;
                inside(path.getAttribute("d"), svg);
            }
        }
        // ours, ONNX Runtime's better graph, the roof; twice
        assertEquals(6, curves);
    }

    /** Every corner lies in the picture. */
    private static void inside(String path, String svg) {
        for (String corner : path.substring(1).split("L")) {
            double x = Double.parseDouble(corner.split(" ")[0]);
            double y = Double.parseDouble(corner.split(" ")[1]);
            assertTrue(x > 0 && x < 860 && y > 60 && y < 366, () -> corner + " in " + svg);
        }
    }

    @Test
    void ticksAreRoundNumbers() {
        assertArrayEquals(new double[] {0.5, 1, 2, 5, 10, 20}, LatencyChart.ticks(0.3, 21), 1e-12);
    }

    private static Measure measure(int threads, int tokens, String engine, String form, double millis) {
        return new Measure("encoder", "bert-base", threads, tokens, engine, form, "ms", millis, millis);
    }
}
