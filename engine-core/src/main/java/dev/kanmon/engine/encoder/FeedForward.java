package dev.kanmon.engine.encoder;

import dev.kanmon.engine.encoder.Workspace.Own;
import dev.kanmon.kernels.Activation;
import java.lang.foreign.MemorySegment;

/** The block that looks at each token by itself: wider, a bend, and back. Immutable. */
public sealed interface FeedForward permits FeedForward.Plain, FeedForward.Gated {

    /** The way back; its bias is null. */
    Dense down();

    /** The bias of {@link #down()}, which the sum behind this block adds; null for none. */
    MemorySegment downBias();

    /** {@code out = down(…in…)}, without {@link #downBias()}, for the rows of {@code block}. */
    void apply(Pass.Block block, MemorySegment in, MemorySegment out);

    /**
     * {@code down(act(up(x)))}.
     *
     * @param up its activation included
     */
    record Plain(Dense up, Dense down, MemorySegment downBias) implements FeedForward {
        @Override
        public void apply(Pass.Block block, MemorySegment in, MemorySegment out) {
            MemorySegment wide = block.own(Own.INTERMEDIATE, up.outputs());
            up.apply(block, in, wide);
            down.apply(block, wide, out);
        }
    }

    /**
     * {@code down(act(gate(x)) · up(x))} (Shazeer 2020).
     *
     * @param gateAndUp the two side by side
     */
    record Gated(Dense gateAndUp, Activation activation, Dense down, MemorySegment downBias) implements FeedForward {
        @Override
        public void apply(Pass.Block block, MemorySegment in, MemorySegment out) {
            int wide = gateAndUp.outputs();
            MemorySegment both = block.own(Own.INTERMEDIATE, wide);
            gateAndUp.apply(block, in, both);
            block.pass().kernels().gate(block.rows(), wide / 2, both, wide, activation);
            down.apply(block, both, wide, out);
        }
    }
}
