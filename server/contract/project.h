/*
 * The project and the location of those who name none. Names of Vertex AI's resources have both,
 * and clients that are told of neither ask who lets them log in.
 */
#ifndef SERVER_CONTRACT_PROJECT_H
#define SERVER_CONTRACT_PROJECT_H

#define PROJECT_DEFAULT "tunemock"
/* The same project, where a number is asked for. */
#define PROJECT_DEFAULT_NUMBER "12345678"
#define LOCATION_DEFAULT "us-central1"

#endif
