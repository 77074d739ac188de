// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples.net;

import com.jcraft.jsch.ChannelExec;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.ProxySOCKS5;
import com.jcraft.jsch.Session;

import org.wgj.netstack.ProxyAccess;
import org.wgj.netstack.TunnelNet;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * Shows SSH through JSch. The client checks the key of the server.
 *
 * <p>Its arguments are the port of a server on loopback, a user, the file of the user's private
 * key, a file of known hosts with "server.office", and a command. It prints the command's output.
 */
public final class Ssh {
    private Ssh() {}

    public static void main(String[] arguments) throws IOException, JSchException {
        try (Office office = Office.open()) {
            office.publish(22, Postgres.server(arguments[0]));
            TunnelNet net = office.net();
            // begin
            ProxyAccess socks = net.socks();
            ProxySOCKS5 proxy = new ProxySOCKS5("127.0.0.1", socks.address().getPort());
            proxy.setUserPasswd(socks.username(), socks.password());
            JSch ssh = new JSch();
            ssh.addIdentity(arguments[2]);
            ssh.setKnownHosts(arguments[3]);
            Session session = ssh.getSession(arguments[1], "server.office");
            session.setProxy(proxy);
            session.connect(10_000);
            // end
            ChannelExec command = (ChannelExec) session.openChannel("exec");
            command.setCommand(arguments[4]);
            InputStream output = command.getInputStream();
            command.connect();
            System.out.print(new String(output.readAllBytes(), StandardCharsets.UTF_8));
            session.disconnect();
        }
    }
}
