// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.parallel;

/** How many threads help with large batches: the system property {@code wgj.workers}. */
public final class WorkerCount {
    static final String PROPERTY = "wgj.workers";
    static final int MAX = 64;

    /** From here on a processor is left when the loop and the kernel have theirs. */
    private static final int PROCESSORS_TO_SPARE = 4;

    /** Beyond, what is left for the loop alone decides, and more helpers bring next to nothing. */
    private static final int MOST_BY_DEFAULT = 8;

    private WorkerCount() {}

    /**
     * @throws IllegalArgumentException if the property is no whole number from 0 to {@value #MAX}
     */
    public static int chosen() {
        return of(System.getProperty(PROPERTY), Runtime.getRuntime().availableProcessors());
    }

    /**
     * @param setting null for half of the processors: the other half is for the loops and for the
     *     kernel, which works on arriving packets before and after a loop has them
     */
    public static int of(String setting, int processors) {
        if (setting == null) {
            return processors < PROCESSORS_TO_SPARE ? 0 : Math.min(processors / 2, MOST_BY_DEFAULT);
        }
        // Digits only: no sign, no spaces, and too short to overflow.
        if (!setting.matches("[0-9]{1,9}") || Integer.parseInt(setting) > MAX) {
            throw new IllegalArgumentException(
                    PROPERTY + " is a whole number from 0 to " + MAX + ", not " + setting);
        }
        return Integer.parseInt(setting);
    }
}
