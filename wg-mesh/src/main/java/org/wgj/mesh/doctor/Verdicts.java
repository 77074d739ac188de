// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.doctor;

import org.wgj.mesh.doctor.Verdict.Level;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Collects verdicts. A large mesh may have the same fault a thousand times: of one fault at most
 * {@value #MAX_OF_SUBJECT} are kept for a subject and {@value #MAX_OF_FAULT} for the mesh, and the
 * rest is counted. For one thread.
 */
final class Verdicts {
    private static final int MAX_OF_SUBJECT = 10;
    private static final int MAX_OF_FAULT = 60;

    private record Key(Fault fault, String subject) {}

    /** The verdicts of each subject, so that a report has one paragraph for each. */
    private final Map<String, List<Verdict>> bySubject = new LinkedHashMap<>();

    private final Map<Key, Integer> counts = new HashMap<>();
    private final Map<Fault, Integer> kept = new EnumMap<>(Fault.class);
    private final Map<Fault, Integer> left = new EnumMap<>(Fault.class);
    private final Set<Fault> found = EnumSet.noneOf(Fault.class);
    private final String whole;
    private boolean leftFailure;

    /**
     * @param whole the subject that stands for the whole mesh or folder
     */
    Verdicts(String whole) {
        this.whole = whole;
        bySubject.put(whole, new ArrayList<>());
    }

    String whole() {
        return whole;
    }

    void fail(Fault fault, String subject, String seen, String fix) {
        add(Level.FAIL, fault, subject, seen, fix);
    }

    void warn(Fault fault, String subject, String seen, String fix) {
        add(Level.WARN, fault, subject, seen, fix);
    }

    void skip(Fault fault, String subject, String why) {
        add(Level.SKIP, fault, subject, why, null);
    }

    void pass(Fault fault, String seen) {
        add(Level.PASS, fault, whole, seen, null);
    }

    /** Adds a PASS unless something was said about the fault. */
    void passUnlessFound(Fault fault, String seen) {
        if (!found.contains(fault)) {
            pass(fault, seen);
        }
    }

    private void add(Level level, Fault fault, String subject, String seen, String fix) {
        found.add(fault);
        int ofSubject = counts.merge(new Key(fault, subject), 1, Integer::sum);
        if (ofSubject > MAX_OF_SUBJECT || kept.getOrDefault(fault, 0) >= MAX_OF_FAULT) {
            left.merge(fault, 1, Integer::sum);
            leftFailure |= level == Level.FAIL;
            return;
        }
        kept.merge(fault, 1, Integer::sum);
        bySubject
                .computeIfAbsent(subject, any -> new ArrayList<>())
                .add(new Verdict(level, fault, subject, seen, fix));
    }

    /** Returns all, those about the whole first. */
    List<Verdict> all() {
        List<Verdict> all = new ArrayList<>();
        for (List<Verdict> ofSubject : bySubject.values()) {
            ofSubject.sort(Comparator.comparing(Verdict::fault));
            all.addAll(ofSubject);
        }
        left.forEach(
                (fault, count) ->
                        all.add(
                                new Verdict(
                                        leftFailure ? Level.FAIL : Level.WARN,
                                        fault,
                                        whole,
                                        count + " more of this kind are not shown",
                                        "mend those that are shown, and ask again")));
        return List.copyOf(all);
    }
}
