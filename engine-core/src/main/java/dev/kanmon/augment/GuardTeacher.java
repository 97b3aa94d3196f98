package dev.kanmon.augment;

import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.Verdict;
import java.util.List;

/** A Kanmon guard as a teacher: its probability, the temperature of its policy included. */
public final class GuardTeacher implements Teacher {

    private final Guard guard;
    private final String description;

    /**
     * @param guard belongs to the teacher from now on
     * @param name what it is called in rows
     */
    public GuardTeacher(Guard guard, String name) {
        this.guard = guard;
        description = name + ", " + guard.info().weights().spelling();
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public double[] logits(List<Exchange> exchanges) {
        return guard.checkAll(exchanges).stream()
                .mapToDouble(Verdict::probability)
                .map(Teacher::logit)
                .toArray();
    }

    @Override
    public void close() {
        guard.close();
    }
}
