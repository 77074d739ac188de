// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import org.wgj.tun.linux.FileOwner;
import org.wgj.tun.linux.Libc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Explains why this process may not read or write a file. Root without the capabilities that
 * override permissions, as in a service or a container, is told the file's owner, because sudo does
 * not help.
 */
public final class Denied {
    private static final int PERMISSIONS = 07777;

    private Denied() {}

    public static String reading(Path file) {
        return text(file, "DAC_READ_SEARCH");
    }

    /** Explains it for a file that is created in its folder. */
    public static String replacing(Path file) {
        return text(file.toAbsolutePath().getParent(), "DAC_OVERRIDE");
    }

    /** Explains it for a file that exists, or a folder in which one cannot be made. */
    static String using(Path file) {
        return text(file, "DAC_OVERRIDE");
    }

    private static String text(Path file, String capability) {
        if (Libc.geteuid() != 0) {
            return "permission denied to " + System.getProperty("user.name") + ": try sudo";
        }
        try {
            Path shut = shut(file.toAbsolutePath());
            return "%s belongs to %s (mode %o), and root lacks the capability %s here: chown root %1$s, or add %4$s (systemctl edit wgj@NAME: CapabilityBoundingSet=CAP_%4$s; docker run --cap-add %4$s)"
                    .formatted(
                            shut,
                            FileOwner.nameOf(shut),
                            FileOwner.of(shut).mode() & PERMISSIONS,
                            capability);
        } catch (IOException e) {
            return "permission denied to root, which lacks the capability " + capability;
        }
    }

    /** Returns the first folder on the path that may not be entered, or else the file. */
    private static Path shut(Path file) throws IOException {
        for (int i = 1; i < file.getNameCount(); i++) {
            Path folder = file.getRoot().resolve(file.subpath(0, i));
            if (!Files.isExecutable(folder)) {
                return folder;
            }
        }
        return file.toRealPath();
    }
}
