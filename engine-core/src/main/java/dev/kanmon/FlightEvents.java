package dev.kanmon;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Percentage;
import jdk.jfr.StackTrace;

/**
 * What a guard does, as events of the JDK's Flight Recorder. None of these classes is loaded before a recording has been
 * started in this JVM, so that who records nothing pays nothing.
 */
final class FlightEvents {

    /** On the class path a runtime image may lack the module. */
    private static final boolean HERE = ModuleLayer.boot().findModule("jdk.jfr").isPresent();

    private FlightEvents() {}

    /** Whether somebody records, or has. */
    static boolean areWanted() {
        return HERE && FlightRecorder.isInitialized();
    }

    @Name("kanmon.Load")
    @Label("Guard loaded")
    @Category("Kanmon")
    @StackTrace(false)
    static final class Load extends Event {
        @Label("Model")
        String model;

        @Label("Family")
        String family;

        @Label("Parameters")
        @Description("Numbers in the tensors that are used")
        long parameters;

        @Label("Weights")
        @Description("How weight matrices are kept in memory")
        String weights;

        @Label("Kernels")
        String kernels;

        @Label("Threads")
        int threads;
    }

    @Name("kanmon.Batch")
    @Label("Call answered")
    @Category("Kanmon")
    @StackTrace(false)
    static final class Batch extends Event {
        @Label("Model")
        String model;

        @Label("Exchanges")
        int exchanges;

        @Label("Windows")
        int windows;

        @Label("Tokens")
        @Description("Computed, special tokens and overlaps of windows included")
        long tokens;
    }

    @Name("kanmon.Verdict")
    @Label("Exchange judged")
    @Category("Kanmon")
    @StackTrace(false)
    static final class Verdict extends Event {
        @Label("Model")
        String model;

        @Label("Outcome")
        String outcome;

        @Label("Probability")
        @Percentage
        double probability;

        @Label("Threshold")
        @Percentage
        double threshold;

        @Label("Tokens")
        int tokens;

        @Label("Windows")
        int windows;

        @Label("Truncated")
        boolean truncated;
    }

    @Name("kanmon.Failure")
    @Label("No verdict")
    @Category("Kanmon")
    @StackTrace(false)
    static final class Failure extends Event {
        @Label("Model")
        String model;

        @Label("During")
        String during;

        @Label("Thrown")
        @Description("The exception's class; its message may come from anywhere and is not recorded")
        String thrown;
    }

    @Name("kanmon.Fallback")
    @Label("Fallback")
    @Category("Kanmon")
    @StackTrace(false)
    static final class Fallback extends Event {
        @Label("Model")
        String model;

        @Label("Kind")
        String kind;
    }
}
