// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.timing;

import org.wgj.crypto.TransportAead;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * Looks for secrets in durations: measures each {@link Subject} with inputs of two classes in
 * random order and prints a table of Welch's t. A comparison that leaks on purpose has to be found,
 * or nothing of the table counts and the exit code is 1; a verdict on the others is for people,
 * since on a busy machine a t above the threshold may be the machine's: run it again.
 *
 * <p>The engine of the AEAD is that of {@code -Dwgj.aead}; see {@link TransportAead#best}.
 */
public final class Dudect {
    private static final String CONTROL = "comparison that leaks on purpose";

    private static int sink;

    private Dudect() {}

    /**
     * @param arguments how many measurements; 50,000 when it is left out
     */
    public static void main(String[] arguments) {
        int count = arguments.length == 0 ? 50_000 : Integer.parseInt(arguments[0]);
        Random random = new Random();
        TransportAead aead = TransportAead.best();
        Map<String, Subject> subjects = new LinkedHashMap<>();
        subjects.put(CONTROL, Subject.leakyComparison(random));
        subjects.put("comparison of tags, mac1, mac2", Subject.constantTimeComparison(random));
        subjects.put("seal, key and text (" + aead.name() + ")", Subject.seal(random, aead));
        subjects.put("open, wrong tag (" + aead.name() + ")", Subject.open(random, aead));
        subjects.put("X25519, scalar", Subject.x25519(random));

        System.out.println(
                "| measured | measurements | largest t | above " + WelchTest.THRESHOLD + " |");
        System.out.println("|---|---|---|---|");
        boolean controlFound = false;
        for (Map.Entry<String, Subject> subject : subjects.entrySet()) {
            measure(subject.getValue(), Math.max(count / 5, 5_000), random); // to be compiled
            double t = measure(subject.getValue(), count, random);
            boolean found = t > WelchTest.THRESHOLD;
            controlFound |= found && subject.getKey().equals(CONTROL);
            System.out.printf(
                    "| %s | %,d | %.1f | %s |%n", subject.getKey(), count, t, found ? "yes" : "no");
        }
        if (!controlFound) {
            System.err.println(
                    "the leak on purpose was not found: measure more, or on a quieter machine");
            System.exit(1);
        }
    }

    private static double measure(Subject subject, int count, Random random) {
        long[] durations = new long[count];
        boolean[] second = new boolean[count];
        for (int done = 0; done < count; done += Subject.INPUTS) {
            int inputs = Math.min(Subject.INPUTS, count - done);
            for (int input = 0; input < inputs; input++) {
                second[done + input] = random.nextBoolean();
                subject.prepare(input, second[done + input]);
            }
            for (int input = 0; input < inputs; input++) {
                long begin = System.nanoTime();
                sink += subject.run(input);
                durations[done + input] = System.nanoTime() - begin;
            }
        }
        return WelchTest.largest(durations, second);
    }
}
