// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.wgj.mesh.path.PathActions;
import org.wgj.mesh.path.PathManager;
import org.wgj.mesh.path.PathSettings;
import org.wgj.mesh.path.Paths;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Objects;

/**
 * What a program decides about the node that it runs.
 *
 * @param version the program's version, for reports
 * @param newcomer whether the node has just joined, so that it greets the others
 * @param paths makes the manager of paths
 */
public record NodeSettings(String version, boolean newcomer, PathsFactory paths) {
    public NodeSettings {
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(paths, "paths");
    }

    /** Makes the manager of a node's paths. */
    @FunctionalInterface
    public interface PathsFactory {
        /**
         * Makes one.
         *
         * @param settings what the node decides about its paths
         * @param actions carries out what the manager wants
         * @param clock the clock of handshakes
         * @return a manager without peers
         */
        Paths create(PathSettings settings, PathActions actions, InstantSource clock);
    }

    /**
     * Returns the usual settings.
     *
     * @param version the program's version
     * @param newcomer whether the node has just joined
     * @return settings
     */
    public static NodeSettings of(String version, boolean newcomer) {
        return new NodeSettings(
                version,
                newcomer,
                (settings, actions, _) -> new PathManager(settings, actions, new SecureRandom()));
    }
}
