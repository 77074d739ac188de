// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PublicKey;

import java.util.OptionalInt;

/**
 * One [Peer] section.
 *
 * @param line where the section begins, from 1; 0 when it comes from no file
 * @param presharedKey null when the section has none
 * @param endpoint null when the section has none
 * @param persistentKeepalive in seconds, 0 for off; empty when the section has none
 * @param allowedIps null when the section has none
 */
public record PeerConfig(
        int line,
        PublicKey publicKey,
        PresharedKey presharedKey,
        HostPort endpoint,
        OptionalInt persistentKeepalive,
        AllowedIps allowedIps) {}
