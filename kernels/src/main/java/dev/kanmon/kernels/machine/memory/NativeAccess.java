package dev.kanmon.kernels.machine.memory;

/** Whether this JVM lets us call native code without a word (JEP 472). */
public final class NativeAccess {
    private NativeAccess() {}

    /** Why native code must not be called from here, with the flag that allows it; null where it may. */
    public static String refusal() {
        return refusal(NativeAccess.class.getModule());
    }

    static String refusal(Module module) {
        // Asking has no side effects. Trying would print a warning, or throw, depending on --illegal-native-access.
        return module.isNativeAccessEnabled()
                ? null
                : "native access is not enabled: pass '--enable-native-access="
                        + (module.isNamed() ? module.getName() : "ALL-UNNAMED") + "' to java";
    }
}
