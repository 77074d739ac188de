// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples.net;

import com.sun.net.httpserver.HttpServer;

import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

import org.wgj.netstack.TunnelNet;

import java.io.IOException;

/**
 * Shows OkHttp: one line for its sockets and one for its names.
 *
 * <p>It prints: {@code 200: this is the office}
 */
public final class OkHttp {
    private OkHttp() {}

    public static void main(String[] arguments) throws IOException {
        HttpServer server = JdkHttpClient.startServer();
        try (Office office = Office.open()) {
            office.publish(80, server.getAddress());
            TunnelNet net = office.net();
            // begin
            OkHttpClient client =
                    new OkHttpClient.Builder()
                            .socketFactory(net.socketFactory())
                            .dns(net::resolve)
                            .build();
            Request request = new Request.Builder().url("http://server.office/").build();
            try (Response response = client.newCall(request).execute()) {
                System.out.println(response.code() + ": " + response.body().string());
            }
            // end
        } finally {
            server.stop(0);
        }
    }
}
