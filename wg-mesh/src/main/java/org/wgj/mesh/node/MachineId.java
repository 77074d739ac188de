// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Distinguishes this machine from a copy of its disk: a hash of {@code /etc/machine-id} and, if it
 * can be read, of the firmware's UUID of the product. A copy of a machine must not go on as the
 * same node.
 */
public final class MachineId {
    private static final String LABEL = "wgj mesh machine 1\n";

    private MachineId() {}

    /**
     * Returns the hash of this machine.
     *
     * @return 64 hexadecimal digits; empty if the machine has neither
     */
    public static String ofThisMachine() {
        return of(Path.of("/etc/machine-id"), Path.of("/sys/class/dmi/id/product_uuid"));
    }

    static String of(Path machineId, Path productUuid) {
        String id = read(machineId);
        String uuid = read(productUuid);
        if (id.isEmpty() && uuid.isEmpty()) {
            return "";
        }
        byte[] text = (LABEL + id + "\n" + uuid + "\n").getBytes(StandardCharsets.UTF_8);
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            return ""; // missing, as in a container, or for root alone
        }
    }
}
