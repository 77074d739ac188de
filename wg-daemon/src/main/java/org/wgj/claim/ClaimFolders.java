// SPDX-License-Identifier: Apache-2.0
package org.wgj.claim;

import org.wgj.settings.DaemonProperties;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Where the processes of a user look for each other's tunnels. A login session and a job of cron
 * have different variables, so there are several places; all are looked at, and the first that can
 * be written is used.
 *
 * <p>Only root's depends on a property of this JVM: commands of one user do not all get the same.
 */
final class ClaimFolders {
    private static final String NAME = "tunnels";
    private static final String OURS = "wgj";

    private ClaimFolders() {}

    static List<Path> of(Map<String, String> environment, int user) {
        String ours = OURS + "-" + user;
        List<Path> places = new ArrayList<>();
        if (user == 0) {
            places.add(DaemonProperties.stateDirectory());
        } else if (Files.isDirectory(Path.of("/run", ours))) { // root makes it for a service
            places.add(Path.of("/run", ours));
        }
        addIn(places, environment.get("XDG_RUNTIME_DIR"), OURS);
        addIn(places, "/run/user/" + user, OURS);
        addIn(places, environment.get("TMPDIR"), ours);
        addIn(places, "/tmp", ours);
        return places.stream().distinct().map(place -> place.resolve(NAME)).toList();
    }

    private static void addIn(List<Path> places, String folderOrNull, String name) {
        if (folderOrNull != null
                && folderOrNull.startsWith("/")
                && Files.isDirectory(Path.of(folderOrNull))) {
            places.add(Path.of(folderOrNull, name));
        }
    }
}
