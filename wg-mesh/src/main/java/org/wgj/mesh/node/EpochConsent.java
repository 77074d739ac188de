// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/**
 * The user's consent to another epoch of the map, as after a restore of the coordinator. It is good
 * for one change of the epoch, and for an hour: a later restore needs another one.
 */
public final class EpochConsent {
    static final String FILE = "accept-epoch";

    private static final Duration LIFE = Duration.ofHours(1);

    private EpochConsent() {}

    /**
     * Consents.
     *
     * @param folder the node's folder
     * @param now the time of the wall clock
     * @throws IOException if it cannot be written
     */
    public static void give(NodeFolder folder, Instant now) throws IOException {
        folder.write(FILE, (now + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    /** Returns whether there is a consent to take, which may be too old. */
    static boolean isGiven(NodeFolder folder) throws IOException {
        return folder.read(FILE).isPresent();
    }

    /** Takes the consent, which is used up then; false if there is none, or it is too old. */
    static boolean take(NodeFolder folder, Instant now) throws IOException {
        Optional<byte[]> given = folder.read(FILE);
        if (given.isEmpty()) {
            return false;
        }
        folder.delete(FILE);
        try {
            Instant at = Instant.parse(new String(given.get(), StandardCharsets.US_ASCII).strip());
            return Duration.between(at, now).abs().compareTo(LIFE) < 0;
        } catch (DateTimeParseException e) {
            return false;
        }
    }
}
