// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples.net;

import com.jcraft.jsch.ChannelExec;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import com.jcraft.jsch.SocketFactory;

import org.wgj.netstack.TunnelNet;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

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
            JSch ssh = new JSch();
            ssh.addIdentity(arguments[2]);
            ssh.setKnownHosts(arguments[3]);
            Session session = ssh.getSession(arguments[1], "server.office");
            session.setSocketFactory(new TunnelSockets(net));
            session.connect(10_000);
            ChannelExec command = (ChannelExec) session.openChannel("exec");
            command.setCommand(arguments[4]);
            InputStream output = command.getInputStream();
            command.connect();
            System.out.print(new String(output.readAllBytes(), StandardCharsets.UTF_8));
            session.disconnect();
            // end
        }
    }

    // begin
    private record TunnelSockets(TunnelNet net) implements SocketFactory {
        @Override
        public Socket createSocket(String host, int port) throws IOException {
            return net.connect(host, port, Duration.ofSeconds(10));
        }

        @Override
        public InputStream getInputStream(Socket socket) throws IOException {
            return socket.getInputStream();
        }

        @Override
        public OutputStream getOutputStream(Socket socket) throws IOException {
            return socket.getOutputStream();
        }
    }
    // end
}
