package dev.kanmon;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class JoiningTest {

    @Test
    void eachWayGivesItsProbability() {
        double[] windows = {0.25, 0.75, 0, 0.5};
        assertEquals(0.75, Joining.max().join(windows));
        assertEquals(0.75, Joining.firstAndLast().join(windows));
        assertEquals(0.75, Joining.meanOfTop(1).join(windows));
        assertEquals(0.625, Joining.meanOfTop(2).join(windows));
        assertEquals(0.375, Joining.meanOfTop(4).join(windows));
        assertEquals(0.375, Joining.meanOfTop(9).join(windows), "of four windows no more than four count");
        assertArrayEquals(new double[] {0.25, 0.75, 0, 0.5}, windows, "the caller's");
        double odd = 0.1 + 0.2;
        for (Joining joining : new Joining[] {Joining.max(), Joining.meanOfTop(3), Joining.firstAndLast()}) {
            assertEquals(odd, joining.join(odd), "one window decides to the last bit, " + joining);
        }
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Joining.meanOfTop(0));
        assertThrows(IllegalArgumentException.class, () -> Joining.max().join());
        assertThrows(
                IllegalArgumentException.class, () -> WindowPolicy.windows().withMaxWork(0));
        for (WindowPolicy leavesOut : new WindowPolicy[] {
            WindowPolicy.truncate(64), WindowPolicy.windows().withJoining(Joining.firstAndLast())
        }) {
            String message = assertThrows(IllegalArgumentException.class, () -> leavesOut.withSentences(true))
                    .getMessage();
            assertTrue(message.startsWith("sentences: found a policy that leaves text out"), message);
        }
        assertThrows(
                IllegalArgumentException.class, () -> WindowPolicy.sentences().withJoining(Joining.firstAndLast()));
    }

    @Test
    void witherChangesOnlyItsOwn() {
        WindowPolicy all = WindowPolicy.sentences()
                .withMaxTokens(100)
                .withOverlap(7)
                .withJoining(Joining.meanOfTop(3))
                .withMaxWork(1000);
        assertEquals(100, all.maxTokens().getAsInt());
        assertEquals(7, all.overlap());
        assertEquals(Joining.meanOfTop(3), all.joining());
        assertEquals(1000, all.maxWork().getAsInt());
        assertTrue(all.readsSentences() && !all.truncate());
        assertEquals(all, all.withSentences(false).withSentences(true));
    }
}
