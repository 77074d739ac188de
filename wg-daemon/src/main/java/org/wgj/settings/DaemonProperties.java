// SPDX-License-Identifier: Apache-2.0
package org.wgj.settings;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** The system properties of this module, read when they are asked for. No other class reads any. */
public final class DaemonProperties {
    /**
     * The directory of the configuration sockets, if {@code wg} uses another one than
     * /var/run/wireguard.
     */
    public static final String SOCKET_DIRECTORY = "wgj.uapi.directory";

    /** The directory of the journals of {@code up}. By default /run/wgj. */
    private static final String STATE_DIRECTORY = "wgj.state.directory";

    /**
     * A file of java options for the daemon. By default the daemon gets those of this process; the
     * image sets it, whose commands have other options.
     */
    private static final String DAEMON_OPTIONS = "wgj.daemon.options";

    /** Renews sessions earlier than after 120 s: a number of seconds. For tests. */
    private static final String REKEY_AFTER = "wgj.rekeyAfterSeconds";

    /** A property of the library, which reads it when the first tunnel starts. */
    private static final String VECTORS = "wgj.vectors";

    private DaemonProperties() {}

    public static Path socketDirectory() {
        return Path.of(System.getProperty(SOCKET_DIRECTORY, "/var/run/wireguard"));
    }

    /** Makes the sockets of this process, and those that it looks for, be in that directory. */
    public static void setSocketDirectory(Path directory) {
        System.setProperty(SOCKET_DIRECTORY, directory.toString());
    }

    /** Keeps this process from loading the Vector API; to be called before the first tunnel. */
    public static void switchVectorsOff() {
        System.setProperty(VECTORS, "off");
    }

    public static Path stateDirectory() {
        return Path.of(System.getProperty(STATE_DIRECTORY, "/run/wgj"));
    }

    public static Optional<Path> daemonOptions() {
        return Optional.ofNullable(System.getProperty(DAEMON_OPTIONS)).map(Path::of);
    }

    /** Returns nothing if the property is not set or not a number: the protocol's time counts. */
    public static Optional<Duration> rekeyAfter() {
        return Optional.ofNullable(Integer.getInteger(REKEY_AFTER)).map(Duration::ofSeconds);
    }
}
