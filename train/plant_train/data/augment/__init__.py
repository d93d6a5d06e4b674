"""What training does to a leaf picture: functions of a picture and a random generator alone."""
