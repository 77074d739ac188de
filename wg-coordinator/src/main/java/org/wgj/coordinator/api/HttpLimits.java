// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.api;

import java.time.Duration;

/**
 * The limits of a listener for its callers.
 *
 * @param connections the most connections at a time
 * @param connectionsOfSource the most of one address
 * @param bodyBytes the longest body
 * @param burst how many requests an address may make at once
 * @param perSecond how many it may make in the long run
 * @param requestTime how long a request may take to arrive, its connection included
 * @param idleTime how long a connection may wait between requests
 * @param answerTime how long an answer may take to be read
 */
public record HttpLimits(
        int connections,
        int connectionsOfSource,
        int bodyBytes,
        int burst,
        int perSecond,
        Duration requestTime,
        Duration idleTime,
        Duration answerTime) {
    /** For members: a stream and a few requests of each of some thousand nodes. */
    public static final HttpLimits MEMBERS =
            new HttpLimits(
                    16_384,
                    8,
                    4 << 20,
                    60,
                    20,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(90),
                    Duration.ofSeconds(30));

    /** For administrators on this machine. */
    public static final HttpLimits ADMINS =
            new HttpLimits(
                    64,
                    64,
                    128 << 20,
                    2_000,
                    1_000,
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(90),
                    Duration.ofSeconds(60));

    /** For browsers on this machine. */
    public static final HttpLimits LOCAL =
            new HttpLimits(
                    64,
                    64,
                    1 << 10,
                    200,
                    50,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(30));

    /** The longest first line of a request. */
    static final int LINE_BYTES = 2_048;

    /** The longest headers of a request together. */
    static final int HEADER_BYTES = 8_192;

    /** The most bytes of bodies that a server holds at a time, of all callers together. */
    static final long ALL_BODIES = 256L << 20;
}
