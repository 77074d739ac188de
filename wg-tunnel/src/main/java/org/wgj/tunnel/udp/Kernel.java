// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Compares releases of Linux. */
final class Kernel {
    private static final Pattern RELEASE =
            Pattern.compile("(\\d{1,6})\\.(\\d{1,6})(?:\\.(\\d{1,6}))?.*");

    private Kernel() {}

    /**
     * Returns whether a release is the given version or a newer one.
     *
     * @param release such as {@code 6.18.44-amd64}; a text that is no release counts as an old one
     * @param version up to three numbers; missing ones are 0
     */
    static boolean isAtLeast(String release, int... version) {
        Matcher matcher = RELEASE.matcher(release);
        if (!matcher.matches()) {
            return false;
        }
        int[] numbers = new int[3];
        for (int i = 0; i < numbers.length; i++) {
            String number = matcher.group(i + 1);
            numbers[i] = number == null ? 0 : Integer.parseInt(number);
        }
        return Arrays.compare(numbers, Arrays.copyOf(version, numbers.length)) >= 0;
    }
}
