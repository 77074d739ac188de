// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.parallel;

/** The number of threads that help with large batches. */
public final class WorkerCount {
    static final int MAX = 64;

    /** The least number of processors of which the tunnel's loop and the kernel leave some idle. */
    private static final int PROCESSORS_TO_SPARE = 4;

    /** More workers bring almost nothing: the work that only the loop can do is the limit then. */
    private static final int MOST_BY_DEFAULT = 8;

    private WorkerCount() {}

    /**
     * Returns the number of workers for a setting and a machine.
     *
     * @param setting digits; null for half of the processors, at most 8: the other half is for the
     *     loops and for the kernel, which works on arriving packets before and after a loop has
     *     them
     * @param processors of the machine
     * @return 0 to {@value #MAX}
     * @throws IllegalArgumentException if the setting is not a whole number from 0 to {@value #MAX}
     */
    public static int of(String setting, int processors) {
        if (setting == null) {
            return processors < PROCESSORS_TO_SPARE ? 0 : Math.min(processors / 2, MOST_BY_DEFAULT);
        }
        // Digits only: no sign, no spaces, and too short to overflow.
        if (!setting.matches("[0-9]{1,9}") || Integer.parseInt(setting) > MAX) {
            throw new IllegalArgumentException(
                    "the number of workers must be a whole number from 0 to "
                            + MAX
                            + ", not "
                            + setting);
        }
        return Integer.parseInt(setting);
    }
}
