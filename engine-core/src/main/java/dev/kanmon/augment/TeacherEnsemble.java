package dev.kanmon.augment;

import dev.kanmon.Exchange;
import java.util.List;
import java.util.stream.Collectors;

/** Several teachers as one: the weighted mean of their logits. */
public final class TeacherEnsemble implements Teacher {

    /**
     * One of them.
     *
     * @param teacher belongs to the ensemble
     * @param weight above 0; what counts is its share of all weights
     */
    public record Member(Teacher teacher, double weight) {
        public Member {
            if (!(weight > 0 && Double.isFinite(weight))) {
                throw new IllegalArgumentException("weight of a teacher: found " + weight + ", expected more than 0");
            }
        }
    }

    private final List<Member> members;

    /** An ensemble of these, one at least. */
    public TeacherEnsemble(List<Member> members) {
        if (members.isEmpty()) {
            throw new IllegalArgumentException("teachers: found none, expected one at least");
        }
        this.members = List.copyOf(members);
    }

    @Override
    public String description() {
        return members.size() == 1
                ? members.getFirst().teacher().description()
                : members.stream()
                        .map(member ->
                                member.weight() + " × (" + member.teacher().description() + ")")
                        .collect(Collectors.joining(" + "));
    }

    @Override
    public double[] logits(List<Exchange> exchanges) {
        double[] sums = new double[exchanges.size()];
        double total = 0;
        for (Member member : members) {
            double[] logits = member.teacher().logits(exchanges);
            for (int i = 0; i < sums.length; i++) {
                sums[i] += member.weight() * logits[i];
            }
            total += member.weight();
        }
        for (int i = 0; i < sums.length; i++) {
            sums[i] /= total;
        }
        return sums;
    }

    @Override
    public void close() {
        members.forEach(member -> member.teacher().close());
    }
}
