// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.claim.RunningTunnel;
import org.wgj.claim.TunnelTakenException;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The tunnel of a file, for a command that ends soon: one of its own, or that of a {@code wgj
 * proxy} or {@code wgj run --userspace} of this user that runs with the same key and peer. Any
 * thread may use it.
 */
public interface TunnelAccess extends AutoCloseable {
    /** The time between two looks at a tunnel that ends soon. */
    Duration PAUSE = Duration.ofMillis(50);

    /**
     * Opens the tunnel of a file, or finds the running one. While another short command has the
     * key, it waits.
     *
     * @param path a file of wg-quick or wireproxy
     * @param environment the variables that its values may refer to
     * @param command how messages of other processes call this one
     * @param patience how long to wait for another short command
     * @param beside whether to open it although an interface of this machine has its address
     * @return the tunnel
     * @throws IOException if the file is wrong, the tunnel does not start, or another command keeps
     *     the key
     */
    static TunnelAccess open(
            Path path,
            Map<String, String> environment,
            String command,
            Duration patience,
            boolean beside)
            throws IOException {
        long endNs = System.nanoTime() + patience.toNanos();
        while (true) {
            try {
                return ProxyClient.open(path, environment, command, beside);
            } catch (TunnelTakenException e) {
                RunningTunnel other = e.by();
                if (other.socketOrNull() != null) {
                    return new SharedTunnel(other);
                }
                if (System.nanoTime() - endNs >= 0) {
                    throw new IOException(
                            path
                                    + ": "
                                    + e.getMessage()
                                    + ": try again when it has ended, or run \"wgj proxy "
                                    + path
                                    + "\", through which all nc and ping go",
                            e);
                }
            }
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
    }

    /**
     * Connects two streams to a host and waits until the connection has ended.
     *
     * @param host a name or an address without brackets
     * @param port 1 to 65535
     * @param timeout for the connection
     * @param in read to its end, or as long as the connection lasts
     * @param out gets what the host sends
     * @throws IOException if there is no connection or it fails
     */
    void carry(String host, int port, Duration timeout, InputStream in, OutputStream out)
            throws IOException;

    /**
     * Resolves a name inside the tunnel.
     *
     * @param host a name or an address without brackets
     * @return at least one address
     * @throws IOException if it has none
     */
    List<InetAddress> resolve(String host) throws IOException;

    /**
     * Pings a host.
     *
     * @param address the host
     * @param timeout how long to wait
     * @return the time between request and answer
     * @throws java.net.SocketTimeoutException if there was no answer in time
     * @throws IOException if the host cannot be reached
     */
    Duration ping(InetAddress address, Duration timeout) throws IOException;

    /** Ends the tunnel if it is an own one. */
    @Override
    void close();
}
