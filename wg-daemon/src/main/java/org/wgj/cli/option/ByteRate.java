// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.option;

import org.wgj.mesh.relay.RelayLimits;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Bytes per second as a user writes them: {@code 500k}, {@code 20M}, {@code 1G}. */
public final class ByteRate {
    private static final Pattern TEXT = Pattern.compile("([0-9]{1,12})([kKmMgG]?)");

    /** A few packets of full size, so that none waits for ever. */
    private static final long LEAST = 10_000;

    private ByteRate() {}

    /**
     * Reads a rate.
     *
     * @param option the option that has it, for the message
     * @param textOrNull what the user wrote; null for no limit
     * @return bytes per second; 0 for no limit
     * @throws IllegalArgumentException if it is no rate, less than 10^4, or more than 10^12
     */
    public static long parse(String option, String textOrNull) {
        if (textOrNull == null) {
            return 0;
        }
        Matcher matcher = TEXT.matcher(textOrNull.strip());
        if (matcher.matches()) {
            long unit =
                    switch (matcher.group(2)) {
                        case "k", "K" -> 1_000;
                        case "m", "M" -> 1_000_000;
                        case "g", "G" -> 1_000_000_000;
                        default -> 1;
                    };
            long number = Long.parseLong(matcher.group(1));
            if (number <= RelayLimits.MOST_BYTES / unit && number * unit >= LEAST) {
                return number * unit;
            }
        }
        throw new IllegalArgumentException(
                "%s: bytes per second, 10k or more, such as 500k, 20M or 1G, not '%s'"
                        .formatted(option, textOrNull));
    }
}
