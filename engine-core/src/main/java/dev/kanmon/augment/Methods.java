package dev.kanmon.augment;

import java.util.List;

/** The ways to make rows out of rows that come with Kanmon. */
public final class Methods {

    private Methods() {}

    /** All of them, in the order in which help names them. */
    public static List<Method> all() {
        return List.of(Wrappers.all(), BenignRewrites.all(), Replies.all(), WordEdits.all());
    }
}
