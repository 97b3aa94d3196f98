package dev.kanmon.augment;

/**
 * Finds texts that say nearly the same as an earlier one. What counts as near is the implementation's.
 *
 * <p>For use by one thread.
 */
public interface NearDuplicates {

    /** What counts as near, in one line that goes into rows. */
    String description();

    /**
     * Adds a text unless it is near to one that was added before.
     *
     * @return whether it was added
     */
    boolean add(String text);

    /** Takes every text for new. */
    static NearDuplicates none() {
        return new NearDuplicates() {
            @Override
            public String description() {
                return "none";
            }

            @Override
            public boolean add(String text) {
                return true;
            }
        };
    }

    /** Takes a text for near when one of two finders does. */
    static NearDuplicates either(NearDuplicates first, NearDuplicates second) {
        return new NearDuplicates() {
            @Override
            public String description() {
                return first.description() + ", " + second.description();
            }

            @Override
            public boolean add(String text) {
                return first.add(text) && second.add(text);
            }
        };
    }
}
