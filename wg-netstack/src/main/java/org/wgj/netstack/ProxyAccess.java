// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;

/**
 * The loopback address of a proxy of a {@link TunnelNet}, and its password. Other programs of the
 * machine cannot use it without the password.
 *
 * @param address the address and port
 * @param username the user name
 * @param password 128 random bits in base64url; new for each {@link TunnelNet}
 */
public record ProxyAccess(InetSocketAddress address, String username, String password) {
    /**
     * Returns the credentials as an {@link java.net.Authenticator} returns them.
     *
     * @return a new object
     */
    public PasswordAuthentication authentication() {
        return new PasswordAuthentication(username, password.toCharArray());
    }

    /**
     * Returns the value of a {@code Proxy-Authorization} header for the HTTP proxy. {@code
     * java.net.http.HttpClient} sends it with CONNECT too if a request sets that header; it never
     * sends Basic there.
     *
     * @return {@code Bearer} and the password
     */
    public String bearer() {
        return "Bearer " + password;
    }

    /** Shows the address, not the password. */
    @Override
    public String toString() {
        return "proxy " + address;
    }
}
