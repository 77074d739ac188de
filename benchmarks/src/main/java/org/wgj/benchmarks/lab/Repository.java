// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.lab;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where this program was built, which is where the programs to be measured are. */
public final class Repository {
    private Repository() {}

    public static Path folder() {
        try {
            Path folder =
                    Path.of(
                            Repository.class
                                    .getProtectionDomain()
                                    .getCodeSource()
                                    .getLocation()
                                    .toURI());
            while (!Files.exists(folder.resolve("bin/wireguard-java"))) {
                folder = folder.getParent();
                if (folder == null) {
                    throw new IllegalStateException("not run from the folder it was built in");
                }
            }
            return folder;
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
